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
  type Topic,
  TOPICS,
} from './ticket-phrases.ts'

/** A message of a customer. `topic` is what the writer had in mind, not what a model makes of it. */
export type WrittenTicket = {
  readonly id: string
  readonly language: Language
  readonly topic: Topic
  readonly text: string
}

/** Share of customers by language. */
const LANGUAGE_SHARES: Readonly<Record<Language, number>> = { en: 0.6, de: 0.25, es: 0.15 }
/** Share of messages with a second problem of another topic: these are hard to triage. */
const SECOND_PROBLEM_SHARE = 0.06

export function writeTicket(id: string, random: Random): WrittenTicket {
  const language = drawLanguage(random)
  const topic = pick(TOPICS, random)
  const other = pick(TOPICS, random)
  const hasSecond = random() < SECOND_PROBLEM_SHARE && other !== topic
  const problem = filledIn(pick(PROBLEMS[topic][language], random), random)
  const second = hasSecond
    ? `${SECOND_PROBLEM[language]} ${filledIn(pick(PROBLEMS[other][language], random), random)}`
    : ''
  const sentences = [problem, second, pick(PRESSURE[language], random)].filter((sentence) => sentence !== '')
  const lines = [pick(OPENINGS[language], random), sentences.join(' '), pick(CLOSINGS[language], random)]
  return { id, language, topic, text: lines.filter((line) => line !== '').join('\n') }
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

function drawLanguage(random: Random): Language {
  let rest = random()
  for (const language of LANGUAGES) {
    rest -= LANGUAGE_SHARES[language]
    if (rest < 0) return language
  }
  return 'en'
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
