/**
 * One frozen input with what the agent made of it when the baseline was frozen. Its text is not here but in the store
 * (`sentinel_input`, by baseline and `id`), where `forget` can take it away without touching these numbers.
 */
export type FrozenSentinel = {
  /** Id of the example: unique in its baseline. The stratum of its replays (STATISTICS §8). */
  readonly id: string
  /** Index into the document's `strata`. */
  readonly stratum: number
  readonly inputHash: string | null
  /** In the order of their numbers, three where the harness ran with `--runs 3`; fewer than {@link RUNS_PER_SENTINEL} cannot be replayed. */
  readonly runs: readonly FrozenRun[]
}

/** One run of one input: its values by the name of their score, null for missing. Empty where the call failed. */
export type FrozenRun = {
  /** Epoch milliseconds. */
  readonly at: number
  /** Kind of the failure of the call, else null. */
  readonly failure: string | null
  readonly scores: Readonly<Record<string, number | string | null>>
}

/** One stored outcome of an input is luck that would return at every replay (STATISTICS §8). */
export const RUNS_PER_SENTINEL = 3

/** Where a baseline comes from that is no window of production. */
export type HarnessSource = {
  readonly kind: 'harness'
  /** Hash of the run's journal. */
  readonly run: string
  /** Examples that were asked, those whose calls failed among them. */
  readonly examples: number
  readonly failed: number
  /** What the target said of itself, in the order of their first call. */
  readonly versions: {
    readonly models: readonly string[]
    readonly prompts: readonly string[]
    readonly tools: readonly string[]
  }
}
