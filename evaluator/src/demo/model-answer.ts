import { formAt, fromQuantiles, type AnswerForm, type MeasuredModel } from './measured-rates.ts'
import type { ChatAnswer, ChatFailure, ChatQuestion } from './openai-server.ts'
import { seededRandom, seedOf, type Random } from './seeded-random.ts'
import type { Topic } from './ticket-phrases.ts'
import { pressureOf, topicsIn } from './tickets.ts'

/**
 * What the demo's model answers to a triage prompt: the content is found in the ticket, the form, the length and the
 * latency come up as often as they were measured on the recorded model. The same question gets the same answer.
 */
export function modelAnswer(question: ChatQuestion, model: MeasuredModel, seed: number): ChatAnswer | ChatFailure {
  const messages = messagesOf(question.body['messages'])
  const ticket = messages.find(({ role }) => role === 'user')?.content
  if (ticket === undefined)
    return { kind: 'failure', status: 400, message: 'messages needs a message of the user with text.' }
  const conversation = messages.map(({ content }) => content).join('\n')
  const random = seededRandom(seedOf(seed, model.model, conversation))
  const form = formAt(model.forms, random())
  const length = fromQuantiles(model.lengthQuantiles, random())
  const latencySeconds = fromQuantiles(model.latencyQuantiles, random())
  const content = written(triageOf(ticket, length, random), form, random)
  return {
    kind: 'answer',
    model: model.model,
    content,
    toolCalls: [],
    finishReason: 'stop',
    usage: { inputTokens: tokensIn(conversation), outputTokens: tokensIn(content) },
    latencySeconds,
  }
}

type Triage = {
  readonly category: Topic | 'other'
  readonly priority: 'low' | 'normal' | 'high' | 'urgent'
  readonly summary: string
  readonly confidence: number
}

function triageOf(ticket: string, length: number, random: Random): Triage {
  const topics = topicsIn(ticket)
  const [category = 'other'] = topics
  const confidence = topics.length === 1 ? 0.8 + 0.18 * random() : 0.4 + 0.28 * random()
  const priority =
    (['low', 'normal', 'normal', 'high', 'urgent'] as const)[Math.round(pressureOf(ticket) * 4)] ?? 'normal'
  return { category, priority, summary: summaryOf(topics, length), confidence: Math.round(confidence * 100) / 100 }
}

const WISHES: Readonly<Record<Topic, string>> = {
  billing: 'The customer questions an amount on the bill',
  refund: 'The customer wants money back for a returned or broken item',
  delivery: 'The customer is waiting for an order or a part of it',
  account: 'The customer cannot use the account as before',
  technical: 'The customer reports that the product or the app fails',
  cancellation: 'The customer wants to cancel an order or a subscription',
}

/** Said after the wish until the summary is as long as the model's answers are. */
const ADDITIONS = [
  ' and asks what happens next',
  ', gives the details of the case',
  ', and expects an answer from a person of the team',
  ' who can look into the history of the order',
  ', since an earlier message brought no result',
  ' and the matter is still open',
]

/** The agent's schema allows 300 characters. */
const LONGEST_SUMMARY = 290

function summaryOf(topics: readonly Topic[], length: number): string {
  const wishes = topics.map((topic) => WISHES[topic])
  let summary = wishes[0] ?? 'The customer writes about something else'
  const target = Math.min(LONGEST_SUMMARY, 60 * length)
  for (const addition of ADDITIONS) {
    if (summary.length >= target || summary.length + addition.length >= LONGEST_SUMMARY) break
    summary += addition
  }
  return `${summary}.`
}

function written(triage: Triage, form: AnswerForm, random: Random): string {
  switch (form) {
    case 'as_asked':
      return JSON.stringify(triage)
    case 'fenced':
      return `\`\`\`json\n${JSON.stringify(triage, undefined, 2)}\n\`\`\``
    case 'other_structure': {
      const call = [{ name: 'triage', parameters: triage }]
      // 60 of the 65 recorded ones were written with Python's quotes
      return random() < 60 / 65 ? JSON.stringify(call).replaceAll('"', "'") : JSON.stringify(call)
    }
    case 'broken':
      return JSON.stringify(triage).replace('The customer', 'The "customer"')
    default:
      return form satisfies never
  }
}

/** About four characters a token, as English text has. */
function tokensIn(text: string): number {
  return Math.ceil(text.length / 4)
}

function messagesOf(value: unknown): readonly { role: string; content: string }[] {
  if (!Array.isArray(value)) return []
  return value.flatMap((message: unknown) => {
    if (typeof message !== 'object' || message === null) return []
    const role: unknown = Reflect.get(message, 'role')
    const content: unknown = Reflect.get(message, 'content')
    return typeof role === 'string' && typeof content === 'string' ? [{ role, content }] : []
  })
}
