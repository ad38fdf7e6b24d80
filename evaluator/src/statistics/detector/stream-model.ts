/** What a run of one stream says: a z, and for an exactly enumerated binary run the cell around it. */
export type Observation =
  | { readonly kind: 'normal'; readonly z: number }
  | { readonly kind: 'cell'; readonly z: number; readonly low: number; readonly high: number }

/**
 * What the detector must know about one kind of stream. Statistics are arrays of rows, a row a stratum (see
 * `daily/stratum-statistics.ts`); no function changes its arguments.
 */
export type StreamModel = {
  /** Numbers in a row. */
  readonly columns: number
  /** Items per stratum. */
  readonly sizes: (rows: Float64Array) => Float64Array
  /** Reference and today merged; both have the same length. */
  readonly merge: (reference: Float64Array, today: Float64Array) => Float64Array
  /** The run's z against the reference; `null` without information. */
  readonly observe: (today: Float64Array, reference: Float64Array) => Observation | null
  /** Stratified mean after minus before, in the unit of the tolerance; `before` may lack trailing strata (section 6.3). */
  readonly effect: (before: Float64Array, now: Float64Array) => number
}

/** Rows added element by element: the merge of counts. Exact (section 1). */
export function addRows(reference: Float64Array, today: Float64Array): Float64Array {
  return reference.map((value, i) => value + today[i]!)
}

/** The first number of every row: the item counts of binary and score rows. */
export function firstColumn(rows: Float64Array, columns: number): Float64Array {
  const sizes = new Float64Array(rows.length / columns)
  for (let s = 0; s < sizes.length; s++) sizes[s] = rows[s * columns]!
  return sizes
}
