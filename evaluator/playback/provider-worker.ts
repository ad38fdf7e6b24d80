import { workerData } from 'node:worker_threads'
import type { ChatAnswer, ChatFailure, ChatQuestion } from '../src/demo/openai-server.ts'
import { runProviderThread } from '../src/demo/provider-thread.ts'
import { answerFrom, CASE_HEADER, type RecordedAnswers } from './recorded-answer.ts'

const answers: RecordedAnswers = workerData
const [first, ...others] = answers.keys()
if (first === undefined) throw new Error('The provider was given no recorded run.')

runProviderThread([first, ...others], answer)

function answer(question: ChatQuestion, run: string): ChatAnswer | ChatFailure {
  const caseId = question.header(CASE_HEADER)
  if (caseId === undefined)
    return { kind: 'failure', status: 400, message: `Name the case in the header ${CASE_HEADER}.` }
  const recorded = answers.get(run)?.get(caseId)
  if (recorded === undefined)
    return { kind: 'failure', status: 404, message: `The run ${run} has no answer to the case ${caseId}.` }
  const limit = question.body['max_tokens']
  return answerFrom(recorded, typeof limit === 'number' ? limit : Number.POSITIVE_INFINITY)
}
