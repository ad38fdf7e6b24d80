import type OpenAI from 'openai'
import { completion, json } from './loopback-provider.ts'

/** A question with a system text that changes daily and a user text to be normalised, its answer, and how it is asked. */
export const QUESTION: OpenAI.ChatCompletionCreateParamsNonStreaming = {
  model: 'gpt-4o',
  messages: [
    { role: 'system', content: 'You are kind. Today is Tuesday, 24 November 2026.' },
    { role: 'user', content: '  How ARE\nyou? ' },
  ],
}
export const answer = json(200, completion('{"mood":"fine"}'), { 'x-request-id': 'req_1' })
export const chat = (client: OpenAI, options?: object) => client.chat.completions.create(QUESTION, options)
