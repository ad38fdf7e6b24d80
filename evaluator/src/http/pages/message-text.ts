import { z } from 'zod'

/** Messages as the GenAI conventions write them into `gen_ai.input.messages` and `gen_ai.output.messages`. */
const messages = z
  .array(
    z.object({
      role: z.string(),
      parts: z.array(z.looseObject({ type: z.string(), content: z.string().optional(), name: z.string().optional() })),
    }),
  )
  .min(1)

/**
 * Recorded content as a person reads it: the text of the messages, each with its role where there are several, tool calls
 * as name and arguments. Content that is no such JSON is shown as it is.
 */
export function messageText(recorded: string): string {
  const result = messages.safeParse(parseJson(recorded))
  if (!result.success) return recorded
  const texts = result.data.map(({ role, parts }) => ({ role, text: parts.map((part) => partText(part)).join('\n') }))
  const [only] = texts
  if (texts.length === 1 && only !== undefined) return only.text
  return texts.map(({ role, text }) => `[${role}]\n${text}`).join('\n\n')
}

function partText({ type, content, name, ...rest }: z.infer<typeof messages>[number]['parts'][number]): string {
  if (content !== undefined) return content
  const details = rest['arguments'] ?? rest['response'] ?? rest['result']
  const label = name === undefined ? type : `${type} ${name}`
  if (details === undefined) return `(${label})`
  return `(${label}) ${typeof details === 'string' ? details : JSON.stringify(details)}`
}

function parseJson(text: string): unknown {
  if (!text.startsWith('[')) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
