import { JUDGE_MISSING, type JudgeAnswer, type JudgeStore } from '../scoring/judge/index.ts'
import {
  findJudgements,
  keepJudgement,
  releaseSpend,
  reserveSpend,
  type KeptJudgement,
} from '../store/judge-answers.ts'
import type { StoreDatabase } from '../store/open-store.ts'

/** The store of one judge of one agent: answers by record and version, spending by the score's name and day. */
export function judgeStore(
  db: StoreDatabase,
  { agent, judge }: { readonly agent: string; readonly judge: string },
): JudgeStore {
  return {
    async find(version, records) {
      const kept = await findJudgements(db, { agent, version }, records)
      return new Map(kept.flatMap((row) => answerOf(row).map((answer) => [row.record, answer] as const)))
    },
    save: (version, { record, answer, tokens, usd, answeredAt }) =>
      keepJudgement(db, { agent, version }, { record, ...columnsOf(answer), tokens, usd, answeredAt }),
    reserve: (day, amount, limits) => reserveSpend(db, { agent, judge, day }, amount, limits),
    release: (day, amount) => releaseSpend(db, { agent, judge, day }, amount),
  }
}

function columnsOf(answer: JudgeAnswer): Pick<KeptJudgement, 'outcome' | 'choice' | 'value' | 'explanation'> {
  return answer.kind === 'scored'
    ? { outcome: 'scored', choice: answer.choice, value: answer.value, explanation: answer.reasons }
    : { outcome: answer.reason, choice: null, value: null, explanation: answer.detail }
}

/** Nothing for a row that this version does not understand: the record is judged again. */
function answerOf({ outcome, choice, value, explanation }: KeptJudgement): JudgeAnswer[] {
  if (outcome === 'scored')
    return choice === null || value === null ? [] : [{ kind: 'scored', choice, value, reasons: explanation }]
  const reason = JUDGE_MISSING.find((known) => known === outcome)
  return reason === undefined ? [] : [{ kind: 'missing', reason, detail: explanation }]
}
