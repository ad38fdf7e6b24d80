import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { TidemarkError } from '../../src/domain/errors.ts'
import type { Dataset } from '../pool.ts'
import { readFunctionCalls } from './function-calls.ts'
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
 * The datasets that lie in the folder, each in a folder of its own.
 * @throws {TidemarkError} `recorded_data_invalid`
 */
export function readDatasets(folder: string): Dataset[] {
  const found = Object.entries(READERS).filter(([name]) => existsSync(join(folder, name)))
  if (found.length === 0)
    throw new TidemarkError(
      'recorded_data_invalid',
      `${folder} holds none of the folders ${Object.keys(READERS).join(', ')}.`,
      'Give the folder that holds the recordings with --data.',
    )
  return found.map(([name, read]) => read(join(folder, name)))
}
