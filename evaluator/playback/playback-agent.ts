import type { StandardSchema, Tidemark } from '@tidemark/instrumentation'
import type OpenAI from 'openai'
import { callListContract, toolContracts, writtenCallsContract } from './answer-contract.ts'
import { createArgumentCheck } from './argument-schema.ts'
import { requestFor } from './case-request.ts'
import { CASE_HEADER } from './recorded-answer.ts'
import type { PromptTemplates, RecordedCall, Recording } from './recordings.ts'

export type PlaybackAgentOptions = {
  /** The instrumented client. */
  readonly openai: OpenAI
  readonly tidemark: Tidemark
  /** Name of the model that is asked for. */
  readonly alias: string
  readonly templates: PromptTemplates | undefined
}

/** An agent that asks one recorded question and checks the answer as the mode of its run demands. */
export function createPlaybackAgent(
  options: PlaybackAgentOptions,
): (recording: Recording, call: RecordedCall) => Promise<void> {
  const { openai, tidemark, alias, templates } = options
  const contractOf = contracts()
  return async ({ run }, call) =>
    tidemark.run({ segment: call.category }, async () => {
      const completion = await openai.chat.completions.create(requestFor(call, run, alias, templates), {
        headers: { [CASE_HEADER]: call.case_id },
      })
      const { text, tools } = contractOf(run.mode, call)
      if (run.mode === 'prompt' || run.mode === 'text-tools') {
        await tidemark.validate(text, completion, { format: 'text', name: run.mode })
      } else if (run.mode === 'tools-any' && completion.choices[0]?.message.tool_calls === undefined) {
        await tidemark.validate(A_CALL_WAS_REQUIRED, completion, { format: 'text', name: run.mode })
      } else await tidemark.validate(tools, completion, { name: run.mode })
    })
}

/** `tool_choice: required` forbids an answer without a call. */
const A_CALL_WAS_REQUIRED: StandardSchema = {
  '~standard': {
    version: 1,
    vendor: 'tidemark-playback',
    validate: () => ({ issues: [{ message: 'a call was required' }] }),
  },
}

/** Contracts of a case are made once: every day may ask it again. */
function contracts(): (mode: string, call: RecordedCall) => Contracts {
  const check = createArgumentCheck()
  const made = new Map<string, Contracts>()
  return (mode, call) => {
    const key = `${mode}/${call.case_id}`
    const known = made.get(key)
    if (known !== undefined) return known
    const offers = call.input.tools.map((tool) => tool.function)
    const text = mode === 'prompt' ? callListContract(offers, check) : writtenCallsContract(offers, check)
    const fresh = { text, tools: toolContracts(offers, check) }
    made.set(key, fresh)
    return fresh
  }
}

type Contracts = { readonly text: StandardSchema; readonly tools: Readonly<Record<string, StandardSchema>> }
