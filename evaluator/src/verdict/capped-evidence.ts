/** Largest evidence that is published: JSON, SQL and Prometheus then all keep it as a number. */
export const LARGEST_EVIDENCE = 1e300

/** exp of a log evidence, at most {@link LARGEST_EVIDENCE}. */
export function cappedExp(logEvidence: number): number {
  return Math.min(Math.exp(logEvidence), LARGEST_EVIDENCE)
}
