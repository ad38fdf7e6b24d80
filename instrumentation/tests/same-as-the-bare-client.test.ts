import { describe, it } from 'vitest'
import { SCENARIOS } from './client-scenarios.ts'
import { HELPER_SCENARIOS } from './helper-scenarios.ts'
import { seen } from './seen.ts'
import { setting } from './client-setting.ts'

describe.concurrent('an application sees the same with and without us', () => {
  it.for([...SCENARIOS, ...HELPER_SCENARIOS])(
    '%s',
    async ([, answers, use, clientOptions = {}], { expect, onTestFinished }) => {
      const [bare, ours] = await Promise.all(
        [false, true].map(async (isInstrumented) =>
          seen(await setting({ onTestFinished }, answers, { isInstrumented, clientOptions }), use),
        ),
      )
      expect(ours).toEqual(bare)
    },
  )
})
