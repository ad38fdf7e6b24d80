import { z } from 'zod'
import { concurrencyLimit } from '../judge/concurrency-limit.ts'
import { missing, valueOf, type ScorableRecord, type ScoreOutcome, type Scorer } from '../scorer.ts'
import { scorerVersion } from '../scorer-version.ts'
import { MAXIMUM_CHARACTERS } from './output-source.ts'
import { readReferences } from './reference.ts'
import { outputText, textSource } from './reference-text.ts'
import { numberScore, scoreEntry } from './score-entry.ts'
import type { EmbeddingService } from './embedding-service.ts'

/** The cosine between the embeddings of the output and of the reference, or of the input. */
export const embeddingSettings = z
  .strictObject({
    ...scoreEntry({ detector: 'page', direction: 'higher-better' }),
    from: z.literal('embedding'),
    to: z.enum(['reference', 'input']).default('reference'),
    reference: z.string().min(1).optional(),
    model: z.string().min(1).max(256),
    /** Any server that speaks the embeddings API; the SDK's own where nothing is said. */
    baseUrl: z.url({ protocol: /^https?$/u }).optional(),
    /** File with the key; without it the environment variable OPENAI_API_KEY. */
    apiKeyFile: z.string().min(1).optional(),
    timeoutSeconds: z.number().positive().max(600).default(30),
    concurrency: z.number().int().min(1).max(64).default(4),
    maximumCharacters: z.number().int().min(1).max(MAXIMUM_CHARACTERS).default(20_000),
    dailyBudgetTokens: z.number().int().min(1).default(2_000_000),
    dailyBudgetUsd: z.number().positive().optional(),
    /** What the provider asks for a million tokens; a budget in dollars needs it. */
    usdPerMillionTokens: z.number().min(0).optional(),
    ...textSource,
  })
  .refine(({ to, reference }) => (to === 'reference') === (reference !== undefined), {
    path: ['reference'],
    message: 'is needed with `to: reference`, and only there',
  })
  .refine(
    ({ dailyBudgetUsd, usdPerMillionTokens }) => dailyBudgetUsd === undefined || usdPerMillionTokens !== undefined,
    { path: ['usdPerMillionTokens'], message: 'is needed with dailyBudgetUsd: without a price it cannot bind' },
  )
export type EmbeddingSettings = z.infer<typeof embeddingSettings>

export function embeddingScorer(settings: EmbeddingSettings, service: EmbeddingService): Scorer {
  const { to, model, baseUrl, maximumCharacters, at, tool, fences } = settings
  const references = settings.reference === undefined ? null : readReferences(settings.name, settings.reference)
  const version = scorerVersion(
    'embedding 1',
    { to, model, baseUrl, maximumCharacters, at, tool, fences },
    references === null ? [] : [references.text],
  )
  const limited = concurrencyLimit(settings.concurrency)

  function otherText(record: ScorableRecord): { readonly text: string } | { readonly outcome: ScoreOutcome } {
    if (references === null)
      return record.input === null
        ? { outcome: missing('no_content', 'the call carries no input') }
        : { text: record.input }
    const known = references.of(record)
    if ('outcome' in known) return known
    return { text: typeof known.reference === 'string' ? known.reference : JSON.stringify(known.reference) }
  }

  return {
    ...numberScore(settings, version, 'cosine'),
    score(record, { signal }) {
      const output = outputText(record, settings)
      if ('outcome' in output) return output.outcome
      const other = otherText(record)
      if ('outcome' in other) return other.outcome
      // providers refuse an empty text, and it resembles nothing
      if (output.text.trim() === '' || other.text.trim() === '') return valueOf(0)
      const longer = Math.max(output.text.length, other.text.length)
      if (longer > maximumCharacters) return missing('too_large', `${longer} characters, ${maximumCharacters} are sent`)
      return limited(async () => {
        if (signal.aborted) return missing('timed_out', 'the run ended before')
        const answer = await service.embed([output.text, other.text], signal)
        if (!('vectors' in answer)) return answer
        const [a, b] = answer.vectors
        return a === undefined || b === undefined
          ? missing('bad_answer', 'the provider sent fewer vectors than texts')
          : cosine(a, b)
      })
    },
  }
}

function cosine(a: Float32Array, b: Float32Array): ScoreOutcome {
  if (a.length !== b.length) return missing('bad_answer', `vectors of ${a.length} and ${b.length} numbers`)
  let product = 0
  let squareA = 0
  let squareB = 0
  for (let i = 0; i < a.length; i++) {
    product += a[i]! * b[i]!
    squareA += a[i]! ** 2
    squareB += b[i]! ** 2
  }
  const norm = Math.sqrt(squareA * squareB)
  // rounding may carry the cosine of equal vectors past 1
  return norm > 0 ? valueOf(Math.min(1, Math.max(-1, product / norm))) : missing('bad_answer', 'a vector of zeros')
}
