import { findCodeFence, type CodeFence } from './code-fence.ts'
import { findJson, isUnclosed, jsonState } from './json-text.ts'
import type { OutputShape } from './semconv.ts'

/** Longer texts are explanations, whatever they begin with, UTF-16 units. */
const REFUSAL_MAXIMUM_CHARACTERS = 2000
const REFUSAL =
  /^(?:i['’]?m (?:really |very )?sorry\b|i am (?:really |very )?sorry\b|sorry\b|i apologi[sz]e\b|unfortunately, i\b|i(?:['’]m| am) (?:unable|not able) to\b|i (?:cannot|can['’]?t|can not|won['’]t|will not)\b|as an ai\b)/iu
const NEGATION =
  /\b(?:cannot|can['’]?t|can not|won['’]t|will not|unable|not able|not allowed|don['’]t|do not|isn['’]t|is not|none)\b/iu

/**
 * The outer form of a text output, in one linear pass over at most a few candidates.
 * What the message says beside the text (tool calls, a refusal part) has precedence: see {@link answerShape}.
 */
export function outputShape(text: string): OutputShape {
  const trimmed = text.trim()
  if (trimmed === '') return 'empty'
  if (isCallSyntax(trimmed)) return 'call_syntax'
  if (opensJson(trimmed)) {
    const state = jsonState(trimmed)
    if (state === 'json') return 'json'
    return state === 'unclosed' ? 'truncated_json' : shapeOfBroken(trimmed)
  }
  const fence = findCodeFence(trimmed)
  if (fence !== undefined) return shapeOfFenced(fence)
  return shapeOfProse(trimmed)
}

/** The form of a whole answer. */
export function answerShape(answer: {
  readonly text: string
  readonly hasToolCalls: boolean
  readonly isRefused: boolean
}): OutputShape {
  if (answer.isRefused) return 'refusal'
  if (answer.hasToolCalls) return 'tool_calls'
  return outputShape(answer.text)
}

/** `{` always promises JSON; `[` only before something that can begin a JSON value, since prose and calls use brackets too. */
function opensJson(trimmed: string): boolean {
  return trimmed.startsWith('{') || /^\[\s*(?:["'{[\]]|-?\d|true\b|false\b|null\b|$)/u.test(trimmed)
}

function shapeOfBroken(trimmed: string): OutputShape {
  const found = findJson(trimmed)
  if (found === undefined || found.start > 0) return 'broken_json'
  const rest = trimmed.slice(found.end).trimStart()
  return rest.startsWith('{') || rest.startsWith('[') || /^[,\]}:]/u.test(rest) ? 'broken_json' : 'json_in_prose'
}

function shapeOfFenced({ language, content }: CodeFence): OutputShape {
  const inner = content.trim()
  if (!opensJson(inner)) return 'fenced_other'
  const state = jsonState(inner)
  if (state === 'json') return 'json_fenced'
  // a literal of another language is no broken JSON
  if (language !== '' && !language.startsWith('json')) return 'fenced_other'
  return state === 'unclosed' ? 'truncated_json' : 'broken_json'
}

function shapeOfProse(trimmed: string): OutputShape {
  const found = findJson(trimmed)
  if (found !== undefined) return 'json_in_prose'
  const opening = trimmed.search(/\{\s*"[^"\n]{1,100}"\s*:/u)
  if (opening >= 0) return isUnclosed(trimmed.slice(opening)) ? 'truncated_json' : 'broken_json'
  if (trimmed.length <= REFUSAL_MAXIMUM_CHARACTERS && REFUSAL.test(trimmed) && NEGATION.test(trimmed)) return 'refusal'
  return 'prose'
}

/** One or more calls `name(…)`, in a list or one after the other, and nothing else. */
function isCallSyntax(trimmed: string): boolean {
  const isList = trimmed.startsWith('[') && trimmed.endsWith(']')
  const calls = isList ? trimmed.slice(1, -1) : trimmed
  const name = /\s*[A-Za-z_][\w.-]*\(/uy
  let position = 0
  for (;;) {
    name.lastIndex = position
    if (!name.test(calls)) return false
    const end = closingParenthesis(calls, name.lastIndex)
    if (end === -1) return false
    const separator = /\s*(?:[,;]\s*)?/uy
    separator.lastIndex = end
    separator.test(calls)
    position = separator.lastIndex
    if (position >= calls.length) return true
  }
}

/** Index behind the parenthesis that closes the one opened before `from`; -1 when none does. Knows quotes and escapes. */
function closingParenthesis(text: string, from: number): number {
  let depth = 1
  let quote = ''
  for (let index = from; index < text.length; index++) {
    const character = text[index]
    if (quote !== '') {
      if (character === '\\') index++
      else if (character === quote) quote = ''
    } else if (character === '"' || character === "'") quote = character
    else if (character === '(') depth++
    else if (character === ')' && --depth === 0) return index + 1
  }
  return -1
}
