import { kappa, type Agreement, type Confusion } from '../src/statistics/index.ts'
import type { JudgeAnswer } from '../src/scoring/judge/index.ts'
import { findHumanPairs, pairsOfRow, readExpectedAgreement, readHumanPairs } from './judge/human-pairs.ts'
import type { ExpectedRow, HumanPair, RecordedJudgement, Winner } from './judge/human-pairs.ts'
import { questionsOf, winnerOf, type RecordedQuestion } from './judge/recorded-answer.ts'
import { startRecordedJudge, type RecordedJudge } from './judge/recorded-judge.ts'
import { partingOf, type Parting } from './judge/parting.ts'

/** A row of the table of agreement as it came out, beside what the README says. */
export type AgreementRow = {
  readonly dataset: string
  readonly subset: string
  readonly judge: string
  readonly prompt: string
  /** Judgements of pairs with a human majority, those included that could not be read. */
  readonly verdicts: number
  /** Percent of them that name what the majority of humans named, with one digit. Null without any. */
  readonly percent: number | null
  /** The same from the README; null for a judge that its table does not have. */
  readonly expected: number | null
  readonly unparsed: number
  /** Judgements in which neither side says "tie", and how far they agree. */
  readonly decisive: number
  readonly decisivePercent: number | null
} & Agreement

export type AgreementReport = {
  readonly agreement: readonly AgreementRow[]
  /** For each row where rubric and humans part. */
  readonly parting: readonly Parting[]
  /** Questions asked over HTTP, and how many were answered with the recorded text as it is. */
  readonly questions: number
  readonly verbatim: number
  readonly requests: number
}

/** A judgement as our judge read it, beside the humans'. */
export type ReadJudgement = {
  readonly pair: HumanPair
  readonly recorded: RecordedJudgement
  readonly human: Winner
  readonly read: Winner | null
}

/**
 * Agreement of recorded judges with humans, through the judge that production uses: a server on loopback has the recorded
 * answers. Undefined where the folder holds no such recordings.
 * @throws {TidemarkError} `recorded_data_invalid`
 */
export async function judgeAgreement(folder: string): Promise<AgreementReport | undefined> {
  const found = findHumanPairs(folder)
  if (found === undefined) return undefined
  const pairs = readHumanPairs(found)
  const table = withUnlisted(readExpectedAgreement(found), pairs)
  const judge = await startRecordedJudge()
  try {
    const asked = await askAll(judge, pairs)
    const rows = table.map((row) => ({ row, read: ofRow(asked.read, row, pairs, table) }))
    return {
      agreement: rows.map(({ row, read }) => agreementRow(row, read)),
      parting: rows.map(({ row, read }) => partingOf(row, read)),
      questions: asked.questions,
      verbatim: asked.verbatim,
      requests: judge.requests,
    }
  } finally {
    await judge.close()
  }
}

type Asked = {
  readonly recorded: RecordedJudgement
  readonly pair: HumanPair
  readonly human: Winner
  readonly questions: readonly RecordedQuestion[]
}

async function askAll(
  judge: RecordedJudge,
  pairs: readonly HumanPair[],
): Promise<{ readonly read: readonly ReadJudgement[]; readonly questions: number; readonly verbatim: number }> {
  const asked = pairs.flatMap((pair): Asked[] => {
    const human = pair.human_majority
    if (human === null) return []
    return pair.judgements.map((recorded, index) => ({
      pair,
      recorded,
      human,
      questions: questionsOf(pair, recorded, `${pair.id}/${index}`),
    }))
  })
  const answers = new Map<string, JudgeAnswer>()
  for (const [model, group] of Map.groupBy(asked, ({ recorded }) => recorded.judge)) {
    for (const kind of ['compared', 'rated'] as const) {
      const questions = group.flatMap((one) => one.questions).filter((question) => question.kind === kind)
      for (const [key, answer] of await judge.ask(model, questions, kind)) answers.set(key, answer)
    }
  }
  const questions = asked.flatMap((one) => one.questions)
  return {
    read: asked.map(({ questions: own, ...one }) => ({
      ...one,
      read: winnerOf(
        one.recorded,
        own.map(({ key }) => valueOf(answers.get(key))),
      ),
    })),
    questions: questions.length,
    verbatim: questions.filter(({ isVerbatim }) => isVerbatim).length,
  }
}

function valueOf(answer: JudgeAnswer | undefined): number | null {
  return answer?.kind === 'scored' ? answer.value : null
}

/** Judges that the README's table does not have get a row over all of their dataset. */
function withUnlisted(table: readonly ExpectedRow[], pairs: readonly HumanPair[]): ExpectedRow[] {
  const listed = new Set(table.map(({ dataset, judge, prompt }) => JSON.stringify([dataset, judge, prompt])))
  const unlisted = new Map<string, ExpectedRow>()
  for (const { dataset, judgements } of pairs)
    for (const { judge, prompt } of judgements) {
      const key = JSON.stringify([dataset, judge, prompt])
      if (!listed.has(key)) unlisted.set(key, { dataset, subset: 'all', judge, prompt, expected: null })
    }
  return [...table, ...unlisted.values()]
}

function ofRow(
  read: readonly ReadJudgement[],
  row: ExpectedRow,
  pairs: readonly HumanPair[],
  table: readonly ExpectedRow[],
): ReadJudgement[] {
  const own = new Set(pairsOfRow(pairs, row, table))
  return read.filter(
    ({ pair, recorded }) => own.has(pair) && recorded.judge === row.judge && recorded.prompt === row.prompt,
  )
}

function agreementRow(row: ExpectedRow, judged: readonly ReadJudgement[]): AgreementRow {
  const { dataset, subset, judge, prompt, expected } = row
  const decisive = judged.filter(({ human, read }) => human !== 'tie' && read !== 'tie' && read !== null)
  return {
    dataset,
    subset,
    judge,
    prompt,
    verdicts: judged.length,
    percent: percentOf(judged),
    expected,
    unparsed: judged.filter(({ read }) => read === null).length,
    decisive: decisive.length,
    decisivePercent: percentOf(decisive),
    ...agreementOf(decisive),
  }
}

/** Of the decisive ones; which answer is called a is chance, so "a is better" stands for the positive. */
function agreementOf(decisive: readonly ReadJudgement[]): Agreement {
  const count = (human: Winner, read: Winner): number =>
    decisive.filter((one) => one.human === human && one.read === read).length
  const counts: Confusion = {
    truePositives: count('a', 'a'),
    falsePositives: count('b', 'a'),
    falseNegatives: count('a', 'b'),
    trueNegatives: count('b', 'b'),
  }
  return decisive.length === 0 ? { kappa: null, baseRate: null, sensitivity: null, specificity: null } : kappa(counts)
}

function percentOf(judged: readonly ReadJudgement[]): number | null {
  if (judged.length === 0) return null
  return Math.round((judged.filter(({ human, read }) => human === read).length / judged.length) * 1000) / 10
}
