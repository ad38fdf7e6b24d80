import type { Decision, DecisionTurn, Tidemark } from '@tidemark/instrumentation'
import type OpenAI from 'openai'
import { PROMPT_NAME, PROMPT_VERSION, SYSTEM_PROMPT, userPrompt } from './prompt.ts'
import type { Ticket } from './ticket.ts'
import { type Triage, triageSchema } from './triage-schema.ts'

export interface TriageAgentOptions {
  /** A client that `tidemark.instrument` returned. */
  readonly openai: OpenAI
  readonly tidemark: Tidemark
  readonly model?: string
  /** Below it a person sorts the ticket. */
  readonly minimumConfidence?: number
  /** How often to ask again after an answer that could not be used. */
  readonly reask?: number
  /** A name for this version of the prompt in telemetry, for those who change the text. */
  readonly promptVersion?: string
}

export type TriageAgent = (ticket: Ticket) => Promise<Decision<Triage>>

/** An agent that sorts tickets: a triage that passed the schema and is sure enough, or a person. */
export function createTriageAgent({
  openai,
  tidemark,
  model = 'gpt-4o',
  minimumConfidence = 0.7,
  reask = 0,
  promptVersion = PROMPT_VERSION,
}: TriageAgentOptions): TriageAgent {
  return (ticket) =>
    tidemark.run(
      { promptName: PROMPT_NAME, promptVersion, promptTemplate: SYSTEM_PROMPT, segment: ticket.channel },
      () =>
        tidemark.decide({
          schema: triageSchema,
          name: 'triage',
          call: (turn) =>
            openai.chat.completions.create(
              { model, temperature: 0, messages: messagesFor(ticket, turn) },
              { signal: turn.signal },
            ),
          confidence: (triage) => triage.confidence,
          minimumConfidence,
          reask,
          escalation: {
            question: `Which category and priority does ticket ${ticket.id} have?`,
            context: { ticket: ticket.id, channel: ticket.channel, language: ticket.language ?? 'unknown' },
            input: { subject: ticket.subject, body: ticket.body },
            priority: 'normal',
          },
        }),
    )
}

function messagesFor(ticket: Ticket, { previous }: DecisionTurn): OpenAI.ChatCompletionMessageParam[] {
  const messages: OpenAI.ChatCompletionMessageParam[] = [
    { role: 'system', content: SYSTEM_PROMPT },
    { role: 'user', content: userPrompt(ticket) },
  ]
  if (previous === undefined) return messages
  const issues = previous.issues.map(({ path, message }) => `- ${path === '' ? 'answer' : path}: ${message}`).join('\n')
  return [
    ...messages,
    { role: 'assistant', content: previous.text },
    { role: 'user', content: `That answer cannot be used (${previous.outcome}):\n${issues}\nAnswer again, JSON only.` },
  ]
}
