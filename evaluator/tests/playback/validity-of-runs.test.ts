import { describe, expect, test } from 'vitest'
import { callListContract } from '../../playback/answer-contract.ts'
import { createArgumentCheck } from '../../playback/argument-schema.ts'
import { readRecordings } from '../../playback/recordings.ts'
import { hasRecordedCalls, RECORDED_CALLS } from './recorded-data.ts'

const check = createArgumentCheck()

/** Share of a prompt-mode run's answers that are call lists whose arguments fit. */
async function validShare(run: string, isWanted: (category: string) => boolean): Promise<number> {
  const [recording] = readRecordings(RECORDED_CALLS, [run])
  const calls = [...(recording?.calls.values() ?? [])].filter(({ category }) => isWanted(category))
  let valid = 0
  for (const { input, output } of calls) {
    const contract = callListContract(
      input.tools.map((tool) => tool.function),
      check,
    )
    const result = await contract['~standard'].validate(output)
    if (result.issues === undefined) valid += 1
  }
  return valid / calls.length
}

describe.skipIf(!hasRecordedCalls)('recorded answers in prompt mode', () => {
  test.each([
    ['gpt-4o-2024-05-13@2024-08-11', 0.728, 0.853],
    ['gpt-4o-2024-08-06@2024-08-11', 0.102, 0.118],
    ['gpt-4-turbo-2024-04-09@2024-08-11', 0.866, 0.988],
    ['deepseek-ai_deepseek-coder-6.7b-instruct@2024-08-11', 0, 0],
  ])('%s: %d of all cases and %d of those that need a call are valid', async (run, all, needingCall) => {
    expect(await validShare(run, () => true)).toBeCloseTo(all, 3)
    expect(await validShare(run, (category) => category !== 'relevance')).toBeCloseTo(needingCall, 3)
  })
})
