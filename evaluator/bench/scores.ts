/**
 * What scores are worth and cost: how recorded judges agree with humans, what a judge that is swapped ends in, and the CPU time
 * of the scorers that ask nobody.
 *
 * npm run bench:scores -- [--data FOLDER] [--json FILE]
 *
 * FOLDER holds `human-vs-judge` with its README.md; without it the figures about judges are left out, and null in the file.
 */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { agreementMarkdown } from './judge/agreement-markdown.ts'
import { judgeAgreement } from './judge-agreement.ts'
import { judgeSwap, judgeSwapMarkdown } from './judge-swap.ts'
import { measureRuleScorers } from './rule-scorers-cost.ts'

const { values } = parseArgs({
  options: { data: { type: 'string', default: '../shared/data' }, json: { type: 'string' } },
})

// first, while nothing else has filled the heap
const cost = await measureRuleScorers()
const agreement = await judgeAgreement(values.data)
const swap = await judgeSwap(values.data)

const parts = [
  agreement === undefined
    ? `No folder human-vs-judge in ${values.data}: the figures about judges are left out. Name one with --data.`
    : agreementMarkdown(agreement),
  ...(swap === undefined ? [] : [judgeSwapMarkdown(swap)]),
  `${cost.scorers.length} scorers without another service, outputs of ${cost.characters.toFixed(0)} characters: ` +
    `${cost.ruleScorersSecondsPer10k.toFixed(2)} s CPU for 10,000 records; ${(100 * cost.valued).toFixed(1)} % of the scores have a value.`,
]
process.stdout.write(`${parts.join('\n\n')}\n`)
if (values.json !== undefined) {
  const report = {
    agreement: agreement?.agreement ?? null,
    judgeSwapVerdict: swap?.judgeSwapVerdict ?? null,
    bothChangedVerdict: swap?.bothChangedVerdict ?? null,
    ruleScorersSecondsPer10k: cost.ruleScorersSecondsPer10k,
    ruleScorers: cost,
    parting: agreement?.parting ?? null,
    judgeSwap: swap ?? null,
  }
  writeFileSync(values.json, `${JSON.stringify(report, undefined, 2)}\n`)
}
