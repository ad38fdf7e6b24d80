import type { SentinelFinding, SentinelMove, SentinelReport, SentinelVerdict } from '../domain/sentinel.ts'

const DAY = 86_400_000
/** Older reports say nothing of today. */
const FRESH_MILLISECONDS = 2 * DAY
/** Fewer answers since the change cannot say that the agent is as it was. */
const LEAST_REPLAYS = 50
/** Evidence below this part of its threshold is none. */
const QUIET_BELOW = 0.1
const MOVES_NAMED = 2

/**
 * What the replays say of a movement (STATISTICS §7). Null where nothing moves.
 * @param onsetSlot slot of the most likely change in production where its page or ticket detector has an alarm, else null
 */
export function sentinelFinding(
  report: SentinelReport,
  { slotAt, onsetSlot }: { readonly slotAt: number; readonly onsetSlot: number | null },
): SentinelFinding | null {
  if (report.agentChanged) return 'agent_changed'
  if (onsetSlot === null) return null
  const since = report.recent.filter((run) => run.slotAt >= onsetSlot)
  const replays = since.reduce((sum, { answered }) => sum + answered, 0)
  const page = report.detectors.find(({ severity }) => severity === 'page')
  const isQuiet = page !== undefined && page.evidence < page.threshold * QUIET_BELOW
  const isFresh = slotAt - report.slotAt <= FRESH_MILLISECONDS
  return isFresh && isQuiet && replays >= Math.min(LEAST_REPLAYS, report.inputs) ? 'inputs_changed' : 'undecided'
}

/** A report with its finding, as a verdict carries it. */
export function sentinelVerdict(
  report: SentinelReport | null,
  slot: { readonly slotAt: number; readonly onsetSlot: number | null },
): SentinelVerdict | null {
  return report === null ? null : { ...report, finding: sentinelFinding(report, slot) }
}

/** What the replays say in sentences for the person who was woken: none where there is nothing to say. */
export function sentinelSentences(sentinel: SentinelVerdict & { readonly isAlone: boolean }): string[] {
  const ticket = sentinel.detectors.find(({ severity }) => severity === 'ticket')
  return [...findingSentence(sentinel), ...(ticket?.alarm === true ? [ticketSentence(sentinel)] : [])]
}

function findingSentence(sentinel: SentinelVerdict & { readonly isAlone: boolean }): string[] {
  switch (sentinel.finding) {
    case null:
      return []
    case 'agent_changed': {
      const own = `The agent itself changed: on the same frozen inputs ${movesText(sentinel.moves)}, since ${dayOf(sentinel)}.`
      return sentinel.isAlone ? [own, 'Production does not show it yet.'] : [own]
    }
    case 'inputs_changed':
      return [
        'On frozen inputs the agent answers as before: the inputs, their data or the surroundings changed, not the model, prompt or tools.',
      ]
    case 'undecided':
      return ['Too few frozen inputs were replayed since to tell whether the agent changed or its inputs.']
  }
}

function ticketSentence({ asked, answered }: SentinelReport): string {
  return answered < asked
    ? `Replays of frozen inputs raised a ticket: in the newest run ${answered} of ${asked} were answered.`
    : 'Replays of frozen inputs raised a ticket: see their section.'
}

function movesText(moves: readonly SentinelMove[]): string {
  const moved = moves.filter(({ before, now }) => now !== before)
  const furthest = moved.toSorted((a, b) => relative(b) - relative(a)).slice(0, MOVES_NAMED)
  if (furthest.length === 0) return 'the answers are worse'
  return furthest
    .map(({ score, unit, category, before, now }) => {
      const isShare = category !== null || unit === 'rate'
      const number = (value: number): string =>
        isShare ? `${(value * 100).toFixed(1)} %` : String(Number(value.toPrecision(3)))
      return `${category === null ? score : `${score} ${category}`} ${number(before)} → ${number(now)}`
    })
    .join(', ')
}

function relative({ before, now }: SentinelMove): number {
  return Math.abs(now - before) / Math.max(1, Math.abs(before))
}

function dayOf({ onset, since }: SentinelReport): string {
  return new Date(onset?.at ?? since).toISOString().slice(0, 10)
}
