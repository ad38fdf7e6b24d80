import { TidemarkError } from '../domain/errors.ts'
import type { BaselineSummary, ScoreWindow } from '../domain/verdict.ts'
import { baselinesOf, expireBaseline, type StoredBaseline } from '../store/baselines.ts'
import type { StoreDatabase } from '../store/open-store.ts'
import { baselineId, readBaseline, type BaselineDocument } from '../verdict/baseline-document.ts'
import { scoreWindow } from '../verdict/score-window.ts'
import type { BaselineSummaries } from './baseline-summaries.ts'

/** A version with what it holds; no text of any call. */
export type BaselineDetails = BaselineSummary & {
  /** The document still gives the id that it was frozen under. */
  readonly isUnchanged: boolean
  readonly settings: Pick<BaselineDocument, 'segments' | 'runsPerYear' | 'falsePagesPerYear' | 'ticketsPerYear'>
  readonly scores: readonly BaselineScore[]
  readonly strata: readonly { readonly segment: string; readonly items: number }[]
  /** How often each model, prompt, tool set and data version was seen. */
  readonly values: Readonly<Record<string, Readonly<Record<string, number>>>>
}

type BaselineScore = { readonly name: string; readonly kind: string; readonly version: string } & Pick<
  ScoreWindow,
  'mean' | 'low' | 'high' | 'shares'
>

/** A version of an agent, by default the newest. @throws {TidemarkError} `argument_invalid` */
export async function requireVersion(db: StoreDatabase, agent: string, version?: number): Promise<StoredBaseline> {
  const all = await baselinesOf(db, agent)
  const found = version === undefined ? all.at(-1) : all.find((one) => one.version === version)
  if (found !== undefined) return found
  throw new TidemarkError(
    'argument_invalid',
    `Agent ${agent} has no baseline${version === undefined ? '' : ` version ${version}`}.`,
    `See its versions with "tidemark baseline list --agent ${agent}".`,
  )
}

export function detailsOf(stored: StoredBaseline, summarise: BaselineSummaries): BaselineDetails {
  const document = readBaseline(stored.document)
  const { segments, runsPerYear, falsePagesPerYear, ticketsPerYear } = document
  return {
    ...summarise(stored),
    isUnchanged: baselineId(stored.document) === stored.id,
    settings: { segments, runsPerYear, falsePagesPerYear, ticketsPerYear },
    scores: document.scores.map((score) => {
      const { mean, low, high, shares } = scoreWindow(score, document.statistics[score.name])
      return { name: score.name, kind: score.kind, version: score.version, mean, low, high, shares }
    }),
    strata: document.strata.map((segment, i) => ({ segment, items: document.itemsByStratum[i] ?? 0 })),
    values: Object.fromEntries(
      Object.entries(document.values).map(([kind, counts]) => [
        kind,
        Object.fromEntries(Object.entries(counts).map(([value, { count }]) => [value, count])),
      ]),
    ),
  }
}

/** Lets a version, by default the one in force, expire now. @throws {TidemarkError} `argument_invalid` */
export async function expireVersion(
  db: StoreDatabase,
  request: { readonly agent: string; readonly version?: number; readonly by: string; readonly why: string | null },
  now: number,
): Promise<StoredBaseline> {
  const found = await requireVersion(db, request.agent, request.version)
  if (found.expiresAt <= now)
    throw new TidemarkError(
      'argument_invalid',
      `Baseline version ${found.version} of ${request.agent} expired on ${new Date(found.expiresAt).toISOString()}.`,
      `Freeze a new one: tidemark baseline freeze --agent ${request.agent} --replace`,
    )
  await expireBaseline(db, found.id, { at: now, by: request.by, why: request.why })
  return await requireVersion(db, request.agent, found.version)
}
