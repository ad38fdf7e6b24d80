import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { pythonEnvironment } from '../../../bench/peers/python-environments.ts'
import { type ExportedBody, type Program, recordExport } from './exported.ts'

const FOLDER = fileURLToPath(new URL('../../../../examples/python-agent/', import.meta.url))
const REQUIREMENTS = `${FOLDER}requirements.txt`

/**
 * What the Python agent of the examples exports when it is asked these questions. Undefined with one line where its
 * packages cannot be installed.
 * @throws {Error} the same, where everything is required
 */
export async function exportedByPython(
  questions: readonly string[],
  { environment = {}, answers }: { environment?: NodeJS.ProcessEnv; answers?: readonly object[] } = {},
): Promise<readonly ExportedBody[] | undefined> {
  const hash = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex').slice(0, 12)
  const installed = pythonEnvironment({
    name: `python-agent-${hash}`,
    requirements: ['--require-hashes', '--requirement', REQUIREMENTS],
  })
  if ('skipped' in installed) {
    if (process.env['TIDEMARK_REQUIRE_ALL'] === '1') throw new Error(`${installed.skipped}, and everything is required`)
    console.log(`skipped: ${installed.skipped}`)
    return undefined
  }
  const program = (provider: string, collector: string): Program => ({
    command: installed.python,
    values: [`${FOLDER}agent.py`],
    env: {
      OPENAI_API_KEY: 'sk-test',
      OPENAI_BASE_URL: provider,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector,
      ...environment,
    },
    input: questions.join('\n'),
  })
  return await recordExport(program, answers)
}
