import { z } from 'zod'
import { scoreEntry } from './scorers/score-entry.ts'

/** A score that a model gives by a rubric. */
export const judgeScoreSettings = z.strictObject({
  ...scoreEntry({ detector: 'page', direction: 'higher-better' }),
  from: z.literal('judge'),
  /** Markdown file. */
  rubric: z.string().min(1),
  model: z.string().min(1).max(256),
  /** Any server that speaks the chat completions API; the SDK's own where nothing is said. */
  baseUrl: z.url({ protocol: /^https?$/u }).optional(),
  /** File with the key; without it the environment variable OPENAI_API_KEY. */
  apiKeyFile: z.string().min(1).optional(),
  /** Name of the external score by which people answer the rubric's question; the score's own where nothing is said. */
  humanLabels: z.string().min(1).max(128).optional(),
  /** Null leaves it to the provider. */
  temperature: z.number().min(0).max(2).nullable().default(0),
  /** Most records judged in a run, drawn uniformly. */
  sample: z.number().int().min(1).max(2000).default(200),
  concurrency: z.number().int().min(1).max(64).default(4),
  timeoutSeconds: z.number().positive().max(600).default(60),
  retries: z.number().int().min(0).max(10).default(2),
  maximumOutputTokens: z.number().int().min(16).max(100_000).default(1000),
  maximumCharacters: z.number().int().min(1).max(1_000_000).default(60_000),
  dailyBudgetCalls: z.number().int().min(1).default(2000),
  dailyBudgetTokens: z.number().int().min(1).default(5_000_000),
  dailyBudgetUsd: z.number().positive().optional(),
  /** What the provider asks, where the price list does not know the model. */
  price: z
    .strictObject({
      inputUsdPerMillionTokens: z.number().min(0),
      outputUsdPerMillionTokens: z.number().min(0),
    })
    .optional(),
})
export type JudgeScoreSettings = z.infer<typeof judgeScoreSettings>
