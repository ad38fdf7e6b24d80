import { z } from 'zod'
import { missing, SKIPPED, valueOf, type ScoreDefinition, type Scorer } from '../scorer.ts'
import { scorerVersion } from '../scorer-version.ts'
import { binaryScore, categoryScore, numberScore, scoreEntry } from './score-entry.ts'

/** A score that somebody else gives, days later: feedback, "refund reversed", another tool's evaluation. */
export const externalSettings = z
  .strictObject({
    ...scoreEntry({ detector: 'ticket', direction: 'higher-better' }),
    from: z.literal('external'),
    kind: z.enum(['binary', 'score', 'categorical']).default('binary'),
    unit: z.string().max(32).default(''),
    /** Name under which it comes in; the name of the score where nothing is said. */
    evaluation: z.string().min(1).max(128).optional(),
    /** A record's score is complete after this long, such as 7d or 12h; a run reads the records that are this old. */
    lag: z
      .string()
      .regex(/^\d{1,4}[hd]$/u, {
        error: (issue) => `${JSON.stringify(issue.input)} is no lag; write hours or days, such as 12h or 7d`,
      })
      .default('0h'),
    /** `volunteered`: given by those who chose to. Their mood is no sample: shown, and never alarms. */
    selection: z.enum(['all', 'volunteered']).default('all'),
    /** What a record without one means after the lag: missing, or the event did not happen (0) or is taken as good (1). */
    absent: z.union([z.literal('missing'), z.literal(0), z.literal(1)]).default('missing'),
  })
  .transform((settings) =>
    settings.selection === 'volunteered' ? { ...settings, detector: 'none' as const } : settings,
  )
export type ExternalSettings = z.infer<typeof externalSettings>

const HOUR = 3_600_000

export function lagMilliseconds({ lag }: Pick<ExternalSettings, 'lag'>): number {
  return Number(lag.slice(0, -1)) * (lag.endsWith('d') ? 24 * HOUR : HOUR)
}

/** Feedback is kept apart from scores of the same name that were given to all. */
export function volunteeredName(evaluation: string): string {
  return `volunteered/${evaluation}`
}

export function externalScorer(settings: ExternalSettings): Scorer {
  const { kind, evaluation = settings.name, absent, selection } = settings
  return {
    ...definitionOf(settings, scorerVersion('external 1', { kind, evaluation, absent })),
    score({ external }) {
      const given = external.get(evaluation)
      const value = selection === 'volunteered' ? (external.get(volunteeredName(evaluation)) ?? given) : given
      if (value !== undefined) return valueOf(value)
      // who gives feedback is free to give none
      if (selection === 'volunteered') return SKIPPED
      return absent === 'missing' ? missing('not_received', `no ${evaluation} within ${settings.lag}`) : valueOf(absent)
    },
  }
}

function definitionOf(settings: ExternalSettings, version: string): ScoreDefinition {
  switch (settings.kind) {
    case 'binary':
      return binaryScore(settings, version)
    case 'score':
      return numberScore(settings, version, settings.unit)
    case 'categorical':
      return categoryScore(settings, version)
  }
}
