import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { scoresSettings } from '../../evaluator/src/scoring/score-settings.ts'
import { readText } from './repository.ts'

const kinds = z
  .object({
    items: z.object({
      oneOf: z.array(z.object({ properties: z.looseObject({ from: z.object({ const: z.string() }) }) })),
    }),
  })
  .parse(z.toJSONSchema(scoresSettings, { io: 'input' })).items.oneOf

describe('docs/scores.md', () => {
  const page = readText('docs/scores.md')

  test.each(kinds.map(({ properties }) => [properties.from.const, Object.keys(properties)] as const))(
    'tells of the kind %s and of each of its keys',
    (from, keys) => {
      expect(page).toContain(`\`${from}\``)
      expect(keys.filter((key) => !new RegExp(`\\b${key}\\b`, 'u').test(page))).toEqual([])
    },
  )
})
