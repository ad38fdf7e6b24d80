import { createRequire } from 'node:module'
import { join } from 'node:path'
import type OpenAI from 'openai'
import { describe, it } from 'vitest'
import { SCENARIOS } from './client-scenarios.ts'
import { HELPER_SCENARIOS } from './helper-scenarios.ts'
import { seen } from './seen.ts'
import { setting } from './client-setting.ts'
import { scratchInstall } from './npm-scratch.ts'

const folder = scratchInstall({ openai: '6.30.1', zod: '4.6.7' })

/** This major never limits a body, so without us these hang; with us they end in time, as in the next major. */
const HANGING_FOR_EVER = /^hang in the body/u

function clientOfMajor6(): typeof OpenAI {
  const loaded: { default: typeof OpenAI } = createRequire(join(folder ?? '', 'package.json'))('openai')
  return loaded.default
}

describe.skipIf(folder === undefined)(
  'openai 6: an application sees the same with and without us',
  { concurrent: true },
  () => {
    const same = [...SCENARIOS, ...HELPER_SCENARIOS].filter(([name]) => !HANGING_FOR_EVER.test(name))

    it.for(same)('%s', async ([, answers, use, clientOptions = {}], { expect, onTestFinished }) => {
      const Client = clientOfMajor6()
      const [bare, ours] = await Promise.all(
        [false, true].map(async (isInstrumented) =>
          seen(await setting({ onTestFinished }, answers, { isInstrumented, clientOptions, Client }), use),
        ),
      )
      expect(ours).toEqual(bare)
    })

    it.for(SCENARIOS.filter(([name]) => HANGING_FOR_EVER.test(name)))(
      '%s: as with openai 7',
      async ([, answers, use, clientOptions = {}], { expect, onTestFinished }) => {
        const [newer, older] = await Promise.all([
          setting({ onTestFinished }, answers, { clientOptions }).then((one) => seen(one, use)),
          setting({ onTestFinished }, answers, { clientOptions, Client: clientOfMajor6() }).then((one) =>
            seen(one, use),
          ),
        ])
        expect(older).toEqual(newer)
      },
    )
  },
)
