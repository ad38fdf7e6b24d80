import type { Incident, VerdictRecord } from '../domain/verdict.ts'
import type { WebhookEvent } from './publish-settings.ts'

/** Something that a webhook can be told of. */
export type Happened =
  | { readonly event: 'verdict.changed'; readonly verdict: VerdictRecord; readonly previous: string | null }
  | { readonly event: 'incident.changed'; readonly incident: Incident }

/**
 * What a receiver is told: names as in the API, times as ISO text, no text of calls.
 * @param base where people reach the evaluator; without it there is no link
 */
export function webhookBody(happened: Happened, { now, base }: { now: number; base: string | undefined }): object {
  const type: WebhookEvent = happened.event
  const timestamp = new Date(now).toISOString()
  if (happened.event === 'incident.changed') {
    const { id, agent, severity, state, onsetAt, openedSlotAt, by } = happened.incident
    const link = linkTo(base, agent, openedSlotAt)
    return {
      type,
      timestamp,
      data: { agent, incident: id, severity, state, onset: iso(onsetAt), openedSlot: iso(openedSlotAt), by, ...link },
    }
  }
  const { agent, slotAt, verdict, summary, mode, onset, causes, incident } = happened.verdict
  return {
    type,
    timestamp,
    data: {
      agent,
      slot: iso(slotAt),
      verdict,
      previous: happened.previous,
      summary,
      mode,
      onset: onset === null ? null : iso(onset.at),
      causes: causes.map(({ kind, change, probability }) => ({ kind, change, probability })),
      incident: incident?.id ?? null,
      ...linkTo(base, agent, slotAt),
    },
  }
}

function linkTo(base: string | undefined, agent: string, slotAt: number): { url?: string } {
  if (base === undefined) return {}
  const path = `agents/${encodeURIComponent(agent)}/verdict?slot=${encodeURIComponent(iso(slotAt))}`
  return { url: `${base.replace(/\/+$/u, '')}/${path}` }
}

function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}
