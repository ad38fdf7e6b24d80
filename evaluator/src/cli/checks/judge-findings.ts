import { readFileSync } from 'node:fs'
import type { Configuration } from '../../config.ts'
import { bad, good, warning, type Finding } from './finding.ts'
import { probe } from './probe.ts'

const PROVIDER = 'https://api.openai.com/v1'

type Judge = { readonly baseUrl: string; readonly keyFile: string | undefined; readonly model: string }

/** Whether the providers of judges and embeddings take the key; their list of models costs nothing. */
export async function judgeFindings(config: Configuration, environmentKey: string | undefined): Promise<Finding[]> {
  const judges = new Map<string, Judge>()
  for (const { scores } of Object.values(config.agents))
    for (const score of scores) {
      if (score.from !== 'judge' && score.from !== 'embedding') continue
      const { baseUrl = PROVIDER, apiKeyFile, model } = score
      judges.set(JSON.stringify([baseUrl, apiKeyFile]), { baseUrl, keyFile: apiKeyFile, model })
    }
  return await Promise.all([...judges.values()].map((judge) => judgeFinding(judge, environmentKey)))
}

async function judgeFinding({ baseUrl, keyFile, model }: Judge, environmentKey: string | undefined): Promise<Finding> {
  const what = `judge ${model}`
  const where = keyFile === undefined ? 'OPENAI_API_KEY' : keyFile
  const key = keyFile === undefined ? (environmentKey ?? '') : readFileSync(keyFile, 'utf8').trim()
  const answer = await probe(`${baseUrl.replace(/\/$/u, '')}/models`, { authorization: `Bearer ${key}` })
  if (!answer.reached)
    return bad(
      what,
      `${baseUrl} does not answer: ${answer.why}`,
      'Correct baseUrl of the score, or let this machine reach it.',
    )
  if (answer.status === 401 || answer.status === 403)
    return bad(what, `${baseUrl} refuses the key from ${where} (${answer.status})`, `Put a valid key into ${where}.`)
  if (answer.status === 200) return good(what, `${baseUrl} takes the key from ${where}`)
  return warning(
    what,
    `${baseUrl} answers ${answer.status} to a list of models, so the key could not be tried`,
    'Run "tidemark evaluate" once and look for missing scores.',
  )
}
