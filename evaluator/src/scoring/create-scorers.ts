import { calcPrice } from '@pydantic/genai-prices'
import { genaiPrices, type PriceFunction } from '@tidemark/instrumentation'
import { CORRECT_PATH, readConfiguredFile } from '../configured-file.ts'
import { TidemarkError } from '../domain/errors.ts'
import type { Direction } from '../domain/verdict.ts'
import {
  createJudge,
  createJudgeClient,
  judgeScorer,
  parseRubric,
  type Choices,
  type Judge,
  type JudgeClient,
  type JudgeStore,
  type Rubric,
} from './judge/index.ts'
import type { JudgeScoreSettings } from './judge-score-settings.ts'
import { allScores, type ScoreSettings } from './score-settings.ts'
import type { Scorer, ScorerSet } from './scorer.ts'
import { descriptorScorer } from './scorers/descriptor.ts'
import { editSimilarityScorer } from './scorers/edit-similarity.ts'
import { createEmbeddingService } from './scorers/embedding-service.ts'
import { embeddingScorer, type EmbeddingSettings } from './scorers/embedding.ts'
import { exactScorer } from './scorers/exact-match.ts'
import { externalScorer, lagMilliseconds } from './scorers/external.ts'
import { jsonDifferenceScorer } from './scorers/json-difference.ts'
import { rangeScorer } from './scorers/range.ts'
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

/** The scorers of one agent, and what has to be gathered for them. */
export type AgentScorers = ScorerSet & {
  /** Lag of each score that others give, milliseconds, by its name. */
  readonly lags: ReadonlyMap<string, number>
  /** Some score is about the run that a call belongs to. */
  readonly readsRuns: boolean
  /** By the name of the score. */
  readonly judges: ReadonlyMap<string, Judge>
  /** By judged score: what people say of the same records, and how to read it. */
  readonly humanLabels: ReadonlyMap<string, HumanLabels>
}

/** Scores of one name that people give, and the choices of the rubric that they answer. */
export type HumanLabels = {
  readonly evaluation: string
  readonly choices: Choices
  readonly direction: Direction
}

/**
 * The scorers of an agent: the default ones and its own. Files are read now.
 * @throws {TidemarkError} `config_invalid`, `config_unreadable`, naming score and value
 */
export function createScorers(own: readonly ScoreSettings[], around: ScorerSurroundings): AgentScorers {
  const judges = new Map<string, Judge>()
  const humanLabels = new Map<string, HumanLabels>()
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
      case 'refusal':
      case 'length':
      case 'output-tokens':
      case 'attempts':
      case 'latency':
        return descriptorScorer(settings)
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
      case 'judge': {
        const rubric = parseRubric(readRubric(settings), settings.rubric)
        const judge = judgeOf(settings, rubric, clientOf(settings, settings.retries), around)
        judges.set(settings.name, judge)
        const { humanLabels: evaluation = settings.name, direction } = settings
        humanLabels.set(settings.name, { evaluation, choices: rubric.choices, direction })
        return judgeScorer(
          judge,
          { ...settings, rubric },
          {
            concurrency: settings.concurrency,
            itemMilliseconds: settings.timeoutSeconds * 1000 * (settings.retries + 1),
            // the sample of a run is drawn where all its records are known
            isInSample: () => true,
          },
        )
      }
    }
  }
  const settings = allScores(own)
  return {
    scorers: settings.map(create),
    sampleSizes: new Map(settings.flatMap((score) => (score.from === 'judge' ? [[score.name, score.sample]] : []))),
    lags: new Map(
      settings.flatMap((score) => (score.from === 'external' ? [[score.name, lagMilliseconds(score)]] : [])),
    ),
    readsRuns: settings.some(({ from }) => from === 'run'),
    judges,
    humanLabels,
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

function judgeOf(settings: JudgeScoreSettings, rubric: Rubric, client: JudgeClient, around: ScorerSurroundings): Judge {
  const price = priceOf(settings)
  return createJudge(
    {
      ...settings,
      rubric,
      limits: {
        calls: settings.dailyBudgetCalls,
        tokens: settings.dailyBudgetTokens,
        microUsd: settings.dailyBudgetUsd === undefined ? Infinity : Math.floor(settings.dailyBudgetUsd * 1e6),
      },
    },
    { client, store: around.storeOf(settings.name), price: { provider: PROVIDER, price }, clock: around.clock },
  )
}

/** Whose prices the list is asked for where the configuration gives none. */
const PROVIDER = 'openai'

/** The configured price before that of the list. A budget in dollars needs one of them. */
function priceOf({ name, model, price, dailyBudgetUsd }: JudgeScoreSettings): PriceFunction {
  const listed = genaiPrices(calcPrice)
  if (price !== undefined)
    return ({ inputTokens, outputTokens }) =>
      (inputTokens * price.inputUsdPerMillionTokens + outputTokens * price.outputUsdPerMillionTokens) / 1e6
  const usage = { inputTokens: 1000, outputTokens: 1000, cacheReadInputTokens: 0, reasoningOutputTokens: 0 }
  if (dailyBudgetUsd !== undefined && listed({ provider: PROVIDER, model, ...usage }) === undefined)
    throw new TidemarkError(
      'config_invalid',
      `The score ${name} has a budget of ${dailyBudgetUsd} US dollars a day, and its model ${model} no known price.`,
      'Give price.inputUsdPerMillionTokens and price.outputUsdPerMillionTokens, or limit dailyBudgetTokens instead.',
    )
  return listed
}

function readRubric({ name, rubric }: JudgeScoreSettings): string {
  return readConfiguredFile(rubric, `the rubric ${rubric} of the score ${name}`, CORRECT_PATH)
}

function apiKeyOf(settings: JudgeScoreSettings | EmbeddingSettings, apiKey: string | undefined): string {
  const { name, apiKeyFile } = settings
  const key =
    apiKeyFile === undefined
      ? apiKey
      : readConfiguredFile(apiKeyFile, `the key ${apiKeyFile} of the score ${name}`, CORRECT_PATH).trim()
  if (key !== undefined && key !== '') return key
  throw new TidemarkError(
    'config_invalid',
    `The score ${name} has no key for its provider.`,
    'Set OPENAI_API_KEY, or name a file with the key under apiKeyFile; a provider without keys takes any text.',
  )
}
