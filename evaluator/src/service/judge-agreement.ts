import type { ExternalScore } from '../domain/signals.ts'
import type { JudgeAgreement } from '../domain/verdict.ts'
import type { AgentScorers } from '../scoring/create-scorers.ts'
import { newestScored } from '../store/judge-answers.ts'
import type { StoreDatabase } from '../store/open-store.ts'
import { externalScoresNamed } from '../store/signals.ts'
import { callReferences } from '../store/telemetry.ts'
import { judgeAgreement } from '../verdict/judge-agreement.ts'
import { joinExternalScores } from './external-scores.ts'

const DAY = 86_400_000
/** Labels older than this speak of an agent that is gone. */
const LABEL_DAYS = 90
/** Most labels and most answers that are joined; the newest count. */
const MOST = 5000

/**
 * What people said of the records that each judge of now scored, in the last 90 days. Labels are scores that others gave, by
 * review or by `POST /v1/scores`; what users volunteered is no label.
 */
export async function judgeAgreements(
  db: StoreDatabase,
  agent: string,
  { judges, humanLabels }: Pick<AgentScorers, 'judges' | 'humanLabels'>,
  now: number,
): Promise<readonly JudgeAgreement[]> {
  const agreements: JudgeAgreement[] = []
  for (const [score, labels] of humanLabels) {
    const judge = judges.get(score)
    if (judge === undefined) continue
    const given = await externalScoresNamed(db, agent, labels.evaluation, {
      since: now - LABEL_DAYS * DAY,
      limit: MOST,
    })
    const byPeople = given.filter(({ selection }) => selection === 'all')
    if (byPeople.length === 0) continue
    const answers = await labelled(
      db,
      { agent, version: judge.version.id },
      { evaluation: labels.evaluation, byPeople },
    )
    const agreement = judgeAgreement(score, answers, labels)
    if (agreement !== null) agreements.push(agreement)
  }
  return agreements
}

async function labelled(
  db: StoreDatabase,
  judge: { readonly agent: string; readonly version: string },
  { evaluation, byPeople }: { readonly evaluation: string; readonly byPeople: readonly ExternalScore[] },
): Promise<{ judge: number; human: number | string }[]> {
  const answers = new Map((await newestScored(db, judge, MOST)).map(({ record, value }) => [record, value]))
  const traces = [...answers.keys()].flatMap(
    (record) => /^(?<trace>[^/]+)\/[^/]+$/u.exec(record)?.groups?.['trace'] ?? [],
  )
  const human = joinExternalScores(byPeople)
  return (await callReferences(db, judge.agent, traces)).flatMap((call) => {
    const value = answers.get(`${call.traceId}/${call.spanId}`)
    const label = human.of(call).get(evaluation)
    return value === undefined || label === undefined ? [] : [{ judge: value, human: label }]
  })
}
