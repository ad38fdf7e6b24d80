/** The anchors of one judged score as they were frozen: each value with the index of its anchor. Null is missing. */
export type FrozenAnchors = {
  readonly kind: 'binary' | 'score'
  /** The scorer cannot waver: one changed value is proof, no statistics (STATISTICS §8). */
  readonly isDeterministic: boolean
  readonly values: readonly AnchorValue[]
}

/** What the judge said of one anchor. */
export type AnchorValue = { readonly anchor: number; readonly value: number | null }
