import { z } from 'zod'
import { judgeScoreSettings } from './judge-score-settings.ts'
import {
  attemptsSettings,
  DEFAULT_SCORES,
  latencySettings,
  lengthSettings,
  outputFormSettings,
  outputTokensSettings,
  refusalSettings,
  validationSettings,
} from './scorers/descriptor.ts'
import { editSimilaritySettings } from './scorers/edit-similarity.ts'
import { embeddingSettings } from './scorers/embedding.ts'
import { exactSettings } from './scorers/exact-match.ts'
import { externalSettings } from './scorers/external.ts'
import { jsonDifferenceSettings } from './scorers/json-difference.ts'
import { rangeSettings } from './scorers/range.ts'
import { regexSettings } from './scorers/regex.ts'
import { rougeLSettings } from './scorers/rouge-l.ts'
import { ruleSettings } from './scorers/rule.ts'
import { runSettings } from './scorers/run.ts'
import { schemaSettings } from './scorers/schema.ts'
import { setSettings } from './scorers/set-match.ts'
import { toolChoiceSettings } from './scorers/tool-choice.ts'
import { moduleSettings } from './user-module/module-scorer.ts'

/** One entry under `scores:` of an agent. */
const scoreSettings = z.discriminatedUnion('from', [
  validationSettings,
  outputFormSettings,
  lengthSettings,
  outputTokensSettings,
  attemptsSettings,
  latencySettings,
  refusalSettings,
  toolChoiceSettings,
  schemaSettings,
  ruleSettings,
  regexSettings,
  rangeSettings,
  jsonDifferenceSettings,
  exactSettings,
  setSettings,
  editSimilaritySettings,
  rougeLSettings,
  embeddingSettings,
  moduleSettings,
  judgeScoreSettings,
  externalSettings,
  runSettings,
])
export type ScoreSettings = z.infer<typeof scoreSettings>

/** More would leave each too little of the evidence, and too many series. */
const MOST_SCORES = 24

/**
 * The scores of an agent beside those that every agent has. An entry with the name of one of those takes its place, to move it
 * to another detector or to show it only.
 */
export const scoresSettings = z
  .array(scoreSettings)
  .max(MOST_SCORES)
  .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, {
    error: (issue) => `two scores have the same name: ${namesOf(issue.input).join(', ')}`,
  })
  .default([])

/** Every score of an agent: the default ones, in their order, then its own. */
export function allScores(own: readonly ScoreSettings[]): ScoreSettings[] {
  const replaced = DEFAULT_SCORES.map((score) => own.find(({ name }) => name === score.name) ?? score)
  return [...replaced, ...own.filter(({ name }) => !replaced.some((score) => score.name === name))]
}

/** The same with the paths of files resolved, relative to the folder of the file that names them. */
export function resolvePaths(scores: readonly ScoreSettings[], resolve: (path: string) => string): ScoreSettings[] {
  return scores.map((score) => {
    const paths = Object.entries(score).filter(([key]) => PATHS.has(key))
    return Object.assign({ ...score }, Object.fromEntries(paths.map(([key, path]) => [key, resolve(String(path))])))
  })
}

/** Keys that hold the path of a file, in every kind of score. */
const PATHS: ReadonlySet<string> = new Set(['file', 'reference', 'rubric', 'apiKeyFile'])

function namesOf(scores: unknown): string[] {
  const names = Array.isArray(scores) ? scores.map((score: { name?: unknown }) => String(score.name)) : []
  return [...new Set(names.filter((name, i) => names.indexOf(name) !== i))]
}
