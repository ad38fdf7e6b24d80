import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { mulberry32 } from '../../src/statistics/index.ts'

export type Recorded = { readonly judge: string; readonly accuracy: number }

/** A folder in the format of the human-vs-judge recordings, made up: `strict` is nearly always right, `lax` more often wrong. */
export function writeRecordings(folder: string, judges: readonly Recorded[], pairs = 80): void {
  const next = mulberry32(11)
  const random = (): number => next() / 2 ** 32
  const lines: string[] = []
  const agreed = new Map<string, { verdicts: number; agree: number }>()
  for (let number = 0; number < pairs; number++) {
    const human = random() < 0.5 ? 'a' : 'b'
    const category = number % 4 === 0 ? 'plain' : number % 4 === 1 ? 'tricky-1' : 'tricky-2'
    const subset = category === 'plain' ? 'plain' : 'tricky'
    const judgements = judges.flatMap(({ judge, accuracy }) =>
      (['original', 'swapped'] as const).flatMap((order) =>
        ['Terse', 'Wordy'].map((prompt) => {
          const isRight = random() < accuracy
          const verdict = random() < 0.02 ? null : isRight ? human : human === 'a' ? 'b' : 'a'
          const key = `${subset}|${judge}|${prompt}`
          const row = agreed.get(key) ?? { verdicts: 0, agree: 0 }
          agreed.set(key, { verdicts: row.verdicts + 1, agree: row.agree + (verdict === human ? 1 : 0) })
          return { judge, prompt, order, verdict, raw: rawText(verdict, order, prompt) }
        }),
      ),
    )
    lines.push(
      JSON.stringify({
        id: `made-up/${number}`,
        dataset: 'made-up',
        category,
        input: { messages: [{ role: 'user', content: `Question ${number}` }] },
        outputs: { a: { turns: [`Answer a, choice: Output (a)`] }, b: { turns: null } },
        human_majority: number % 10 === 9 ? null : human,
        judgements,
      }),
    )
    if (number % 10 === 9)
      for (const { judge } of judges)
        for (const prompt of ['Terse', 'Wordy']) {
          const row = agreed.get(`${subset}|${judge}|${prompt}`)
          const own = judgements.filter((one) => one.judge === judge && one.prompt === prompt)
          if (row === undefined) continue
          row.verdicts -= own.length
          row.agree -= own.filter(({ verdict }) => verdict === human).length
        }
  }
  writeFileSync(join(folder, 'pairs.jsonl'), `${lines.join('\n')}\n`)
  writeFileSync(join(folder, 'README.md'), readme(agreed))
}

function rawText(verdict: string | null, order: string, prompt: string): string {
  if (verdict === null) return 'I would rather not say.'
  const shown = (verdict === 'a') === (order === 'original') ? 'Output (a)' : 'Output (b)'
  return prompt === 'Terse' ? shown : `Output (a) is short, Output (b) is long. Therefore, ${shown} is better.`
}

function readme(agreed: ReadonlyMap<string, { verdicts: number; agree: number }>): string {
  const rows = [...agreed].map(([key, { verdicts, agree }]) => {
    const [subset, judge, prompt] = key.split('|')
    return `| made-up | ${subset} | ${judge} | ${prompt} | ${verdicts} | ${((agree / verdicts) * 100).toFixed(1)} | - | 0 |`
  })
  return [
    '# made-up',
    '',
    '| dataset | items |',
    '|---|---|',
    '| made-up | 80 |',
    '',
    '| dataset | subset | judge | prompt | verdicts | agree % | agree % decisive (n) | unparsed |',
    '|---|---|---|---|---|---|---|---|',
    ...rows,
    '',
    'Text after it.',
    '',
  ].join('\n')
}
