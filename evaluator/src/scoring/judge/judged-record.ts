import type { ScorableRecord } from '../scorer.ts'
import type { JudgedPart } from './fence.ts'
import type { JudgeItem } from './judge.ts'

/** A record as a judge reads it: what the agent was asked and what it answered, tool calls included. Null without text. */
export function judgedRecord({
  key,
  input,
  output,
}: Pick<ScorableRecord, 'key' | 'input' | 'output'>): JudgeItem | null {
  if (output === null) return null
  const calls = output.toolCalls.map((call) => `${call.name}(${call.arguments})`)
  const parts: JudgedPart[] = input === null ? [] : [{ title: 'input', text: input }]
  return { record: key, parts: [...parts, { title: 'output', text: [output.text, ...calls].join('\n') }] }
}
