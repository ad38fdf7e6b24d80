import type { Example } from '../domain/verdict.ts'

/** The texts of a message list as the GenAI conventions write it in JSON; what is no such list is shown as it is. */
export function messageText(json: string | null): string {
  if (json === null) return '(no text was sent)'
  try {
    const messages: unknown = JSON.parse(json)
    if (!Array.isArray(messages)) return json
    return messages.flatMap((message) => partsOf(message).map(textOfPart)).join('\n')
  } catch {
    return json
  }
}

/** What was wrong with an example, in a few words. */
export function judgementOf({ outputShape, validation }: Example): string {
  return [outputShape ?? 'no output', validation === null ? 'not validated' : `validation: ${validation}`].join(', ')
}

function partsOf(message: unknown): readonly unknown[] {
  if (typeof message !== 'object' || message === null) return []
  const parts: unknown = Reflect.get(message, 'parts')
  return Array.isArray(parts) ? parts : []
}

function textOfPart(part: unknown): string {
  if (typeof part !== 'object' || part === null) return ''
  const content: unknown = Reflect.get(part, 'content')
  return typeof content === 'string' ? content : JSON.stringify(part)
}
