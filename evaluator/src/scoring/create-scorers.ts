import { readFileSync } from 'node:fs'
import { TidemarkError } from '../domain/errors.ts'
import {
  createJudge,
  createJudgeClient,
  judgeScorer,
  parseRubric,
  type JudgeClient,
  type JudgeStore,
} from './judge/index.ts'
import type { JudgeScoreSettings } from './judge-score-settings.ts'
import { allScores, type ScoreSettings } from './score-settings.ts'
import type { Scorer, ScorerSet } from './scorer.ts'
import { descriptorScorer } from './scorers/descriptor.ts'
import { editSimilarityScorer } from './scorers/edit-similarity.ts'
import { createEmbeddingService } from './scorers/embedding-service.ts'
import { embeddingScorer, type EmbeddingSettings } from './scorers/embedding.ts'
import { exactScorer } from './scorers/exact-match.ts'
import { externalScorer } from './scorers/external.ts'
import { jsonDifferenceScorer } from './scorers/json-difference.ts'
import { rangeScorer } from './scorers/range.ts'
import { refusalScorer } from './scorers/refusal.ts'
import { regexScorer } from './scorers/regex.ts'
import { rougeLScorer } from './scorers/rouge-l.ts'
import { ruleScorer } from './scorers/rule.ts'
import { runScorer } from './scorers/run.ts'
import { schemaScorer } from './scorers/schema.ts'
import { setScorer } from './scorers/set-match.ts'
import { toolChoiceScorer } from './scorers/tool-choice.ts'
import { moduleScorer } from './user-module/module-scorer.ts'

/** What scorers need of the world around them. */
export type ScorerSurroundings = {
  /** Under this name the telemetry of judges and embeddings goes out: they are no calls of the agent. */
  readonly telemetryAgent: string
  /** Answers and spending of one score, kept over restarts. */
  storeOf(score: string): JudgeStore
  /** Key of the provider where no file names one. */
  readonly apiKey: string | undefined
  /** Epoch milliseconds. */
  readonly clock: () => number
}

/**
 * The scorers of an agent: the default ones and its own. Files are read now.
 * @throws {TidemarkError} `config_invalid`, `config_unreadable`, naming score and value
 */
export function createScorers(own: readonly ScoreSettings[], around: ScorerSurroundings): ScorerSet {
  const closing: (() => Promise<void>)[] = []
  const clientOf = (settings: JudgeScoreSettings | EmbeddingSettings, retries: number): JudgeClient => {
    const client = createJudgeClient(
      {
        baseUrl: settings.baseUrl,
        apiKey: apiKeyOf(settings, around.apiKey),
        timeoutMilliseconds: settings.timeoutSeconds * 1000,
        retries,
      },
      { agent: around.telemetryAgent },
    )
    closing.push(() => client.close())
    return client
  }
  const create = (settings: ScoreSettings): Scorer => {
    switch (settings.from) {
      case 'validation':
      case 'output-form':
      case 'length':
      case 'output-tokens':
      case 'attempts':
      case 'latency':
        return descriptorScorer(settings)
      case 'refusal':
        return refusalScorer(settings)
      case 'tool-choice':
        return toolChoiceScorer(settings)
      case 'schema':
        return schemaScorer(settings)
      case 'rule':
        return ruleScorer(settings)
      case 'regex':
        return regexScorer(settings)
      case 'range':
        return rangeScorer(settings)
      case 'json-difference':
        return jsonDifferenceScorer(settings)
      case 'exact':
        return exactScorer(settings)
      case 'set':
        return setScorer(settings)
      case 'edit-similarity':
        return editSimilarityScorer(settings)
      case 'rouge-l':
        return rougeLScorer(settings)
      case 'external':
        return externalScorer(settings)
      case 'run':
        return runScorer(settings)
      case 'module': {
        const scorer = moduleScorer(settings)
        closing.push(() => scorer.close())
        return scorer
      }
      case 'embedding':
        return embedding(settings, clientOf(settings, 2), around)
      case 'judge':
        return judge(settings, clientOf(settings, settings.retries), around)
    }
  }
  const settings = allScores(own)
  return {
    scorers: settings.map(create),
    sampleSizes: new Map(settings.flatMap((score) => (score.from === 'judge' ? [[score.name, score.sample]] : []))),
    async close() {
      await Promise.all(closing.map((end) => end()))
    },
  }
}

function embedding(settings: EmbeddingSettings, client: JudgeClient, around: ScorerSurroundings): Scorer {
  const service = createEmbeddingService(
    {
      model: settings.model,
      dailyTokens: settings.dailyBudgetTokens,
      dailyUsd: settings.dailyBudgetUsd ?? Infinity,
      usdPerMillionTokens: settings.usdPerMillionTokens ?? 0,
    },
    { openai: client.openai, spending: around.storeOf(settings.name), clock: around.clock },
  )
  return embeddingScorer(settings, service)
}

function judge(settings: JudgeScoreSettings, client: JudgeClient, around: ScorerSurroundings): Scorer {
  const rubric = parseRubric(readRubric(settings), settings.rubric)
  const { price } = settings
  const created = createJudge(
    {
      ...settings,
      rubric,
      limits: {
        calls: settings.dailyBudgetCalls,
        tokens: settings.dailyBudgetTokens,
        microUsd: settings.dailyBudgetUsd === undefined ? Infinity : Math.floor(settings.dailyBudgetUsd * 1e6),
      },
    },
    {
      client,
      store: around.storeOf(settings.name),
      price: {
        provider: '',
        price:
          price === undefined
            ? undefined
            : ({ inputTokens, outputTokens }) =>
                (inputTokens * price.inputUsdPerMillionTokens + outputTokens * price.outputUsdPerMillionTokens) / 1e6,
      },
      clock: around.clock,
    },
  )
  return judgeScorer(
    created,
    { ...settings, rubric },
    {
      concurrency: settings.concurrency,
      itemMilliseconds: settings.timeoutSeconds * 1000 * (settings.retries + 1),
      isInSample: () => true,
    },
  )
}

function readRubric({ name, rubric }: JudgeScoreSettings): string {
  return readText(rubric, `the rubric ${rubric} of the score ${name}`)
}

function apiKeyOf(settings: JudgeScoreSettings | EmbeddingSettings, apiKey: string | undefined): string {
  const { name, apiKeyFile } = settings
  const key =
    apiKeyFile === undefined ? apiKey : readText(apiKeyFile, `the key ${apiKeyFile} of the score ${name}`).trim()
  if (key !== undefined && key !== '') return key
  throw new TidemarkError(
    'config_invalid',
    `The score ${name} has no key for its provider.`,
    'Set OPENAI_API_KEY, or name a file with the key under apiKeyFile; a provider without keys takes any text.',
  )
}

function readText(file: string, what: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new TidemarkError(
      'config_unreadable',
      `Cannot read ${what}.`,
      'Correct the path; a relative one is relative to tidemark.yaml.',
      { cause },
    )
  }
}
