import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { TidemarkError } from '../../src/domain/errors.ts'
import type { Dataset, Pool } from '../pool.ts'
import { readFunctionCalls } from './function-calls.ts'
import { invalid } from './json-lines.ts'
import { readOpenEnded } from './open-ended.ts'
import { readStructuredOutputs } from './structured-outputs.ts'
import { readTicketClassification } from './ticket-classification.ts'

const READERS: Readonly<Record<string, (folder: string) => Dataset>> = {
  'function-calls': readFunctionCalls,
  'structured-outputs': readStructuredOutputs,
  'open-ended': readOpenEnded,
  'ticket-classification': readTicketClassification,
}

/**
 * The datasets that lie in the folder, each in a folder of its own. What cannot be measured is left out, and `tell` hears
 * of it: a dataset that is not there, runs and pairs without a metric.
 * @throws {TidemarkError} `recorded_data_invalid`
 */
export function readDatasets(folder: string, tell: (line: string) => void = () => {}): Dataset[] {
  const names = Object.keys(READERS)
  const found = Object.entries(READERS).filter(([name]) => existsSync(join(folder, name)))
  if (found.length === 0)
    throw new TidemarkError(
      'recorded_data_invalid',
      `${folder} holds none of the folders ${names.join(', ')}.`,
      'Give the folder that holds the recordings with --data.',
    )
  for (const name of names)
    if (!found.some(([own]) => own === name)) tell(`${join(folder, name)} is not there: left out`)
  return found.map(([name, read]) => {
    const dataset = read(join(folder, name))
    const runs = dataset.runs.filter(isMeasurable)
    const pairs = dataset.pairs.filter(({ before, after }) => isMeasurable(before) && isMeasurable(after))
    if (runs.length === 0) throw invalid(`${join(folder, name)} holds no run with enough items to measure.`)
    if (runs.length < dataset.runs.length)
      tell(`${name}: ${dataset.runs.length - runs.length} runs without a metric are left out`)
    if (pairs.length === 0) tell(`${name}: no pair that is labelled drift or no-drift, and whose runs are there`)
    return { ...dataset, runs, pairs }
  })
}

function isMeasurable({ strata, metrics }: Pool): boolean {
  return strata.length > 0 && metrics.length > 0
}
