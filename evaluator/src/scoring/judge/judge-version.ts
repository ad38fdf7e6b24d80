import { createHash } from 'node:crypto'
import { TEMPLATE_VERSION } from './judge-prompt.ts'
import type { Rubric } from './rubric.ts'

/** Everything that decides what a judge says of a text: with another of these it is another scorer. */
export type JudgeVersion = {
  /** `judge-` and 16 hex digits of the facts below; key of the cache, and written beside every score. */
  readonly id: string
  readonly model: string
  readonly rubricHash: string
  /** Null where the provider's own is used. */
  readonly temperature: number | null
  readonly templateVersion: number
}

export function judgeVersion({
  model,
  rubric,
  temperature,
}: {
  readonly model: string
  readonly rubric: Rubric
  readonly temperature: number | null
}): JudgeVersion {
  const facts = { model, rubricHash: rubric.hash, temperature, templateVersion: TEMPLATE_VERSION }
  const digest = createHash('sha256').update(JSON.stringify(facts)).digest('hex')
  return { id: `judge-${digest.slice(0, 16)}`, ...facts }
}
