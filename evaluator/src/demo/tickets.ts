import type { Channel, Ticket } from '@tidemark/example-support-triage'
import { pick, type Random } from './seeded-random.ts'
import {
  CLOSINGS,
  type Language,
  LANGUAGES,
  OPENINGS,
  PRESSURE,
  PROBLEMS,
  PRODUCTS,
  SECOND_PROBLEM,
  SUBJECTS,
  type Topic,
  TOPICS,
} from './ticket-phrases.ts'

/** A message of a customer. `topic` is what the writer had in mind, not what a model makes of it. */
export type WrittenTicket = Ticket & { readonly language: Language; readonly topic: Topic }

const LANGUAGE_SHARES: readonly (readonly [Language, number])[] = [
  ['en', 0.6],
  ['de', 0.25],
  ['es', 0.15],
]
const CHANNEL_SHARES: readonly (readonly [Channel, number])[] = [
  ['email', 0.45],
  ['chat', 0.25],
  ['form', 0.2],
  ['phone', 0.1],
]
/** Share of messages with a second problem of another topic: these are hard to triage. */
const SECOND_PROBLEM_SHARE = 0.06

export function writeTicket(id: string, random: Random): WrittenTicket {
  const language = byShare(LANGUAGE_SHARES, random)
  const channel = byShare(CHANNEL_SHARES, random)
  const topic = pick(TOPICS, random)
  const other = pick(TOPICS, random)
  const hasSecond = random() < SECOND_PROBLEM_SHARE && other !== topic
  const problem = filledIn(pick(PROBLEMS[topic][language], random), random)
  const second = hasSecond
    ? `${SECOND_PROBLEM[language]} ${filledIn(pick(PROBLEMS[other][language], random), random)}`
    : ''
  const sentences = [problem, second, pick(PRESSURE[language], random)].filter((sentence) => sentence !== '').join(' ')
  const opening = pick(OPENINGS[language], random)
  const closing = pick(CLOSINGS[language], random)
  // people in a hurry do not greet
  const lines = channel === 'chat' || channel === 'phone' ? [sentences] : [opening, sentences, closing]
  const body = lines.filter((line) => line !== '').join('\n')
  return { id, subject: pick(SUBJECTS[topic][language], random), body, language, channel, topic }
}

/** Topics whose problems a text contains, in the order of {@link TOPICS}. */
export function topicsIn(text: string): readonly Topic[] {
  return TOPICS.filter((topic) => CUES[topic].some((cue) => text.includes(cue)))
}

/** The language whose words a text uses; English where none is found. */
export function languageOf(text: string): Language {
  return LANGUAGES.find((language) => LANGUAGE_CUES[language].some((cue) => text.includes(cue))) ?? 'en'
}

/** 0 for a calm message to 1 for a threatening one. */
export function pressureOf(text: string): number {
  const level = LANGUAGES.map((language) =>
    PRESSURE[language].findLastIndex((line) => line !== '' && text.includes(line)),
  )
  return Math.max(0, ...level) / (PRESSURE.en.length - 1)
}

function byShare<Value>(shares: readonly (readonly [Value, number])[], random: Random): Value {
  let rest = random()
  for (const [value, share] of shares) {
    rest -= share
    if (rest < 0) return value
  }
  const [first] = shares
  if (first === undefined) throw new Error('byShare needs a value')
  return first[0]
}

function filledIn(template: string, random: Random): string {
  const values: Readonly<Record<string, string>> = {
    order: String(Math.floor(10_000 + random() * 89_999)),
    product: pick(PRODUCTS, random),
    amount: `${(5 + random() * 400).toFixed(2)} €`,
    days: String(Math.floor(3 + random() * 25)),
    date: `${Math.floor(1 + random() * 28)}.${Math.floor(1 + random() * 12)}.`,
  }
  return template.replaceAll(/\{(\w+)\}/gu, (_, name: string) => values[name] ?? name)
}

/** The longest piece of a sentence that stays the same whatever is filled in. */
function cueOf(template: string): string {
  const pieces = template.split(/\{\w+\}/u)
  return pieces.reduce((longest, piece) => (piece.length > longest.length ? piece : longest), '').trim()
}

const CUES = cuesByTopic()

function cuesByTopic(): Readonly<Record<Topic, readonly string[]>> {
  return {
    billing: cuesOf('billing'),
    refund: cuesOf('refund'),
    delivery: cuesOf('delivery'),
    account: cuesOf('account'),
    technical: cuesOf('technical'),
    cancellation: cuesOf('cancellation'),
  }
}

function cuesOf(topic: Topic): string[] {
  return LANGUAGES.flatMap((language) => PROBLEMS[topic][language].map(cueOf))
}

const LANGUAGE_CUES: Readonly<Record<Language, readonly string[]>> = {
  en: TOPICS.flatMap((topic) => PROBLEMS[topic].en.map(cueOf)),
  de: TOPICS.flatMap((topic) => PROBLEMS[topic].de.map(cueOf)),
  es: TOPICS.flatMap((topic) => PROBLEMS[topic].es.map(cueOf)),
}
