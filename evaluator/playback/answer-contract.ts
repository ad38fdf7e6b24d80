import type { StandardIssue, StandardResult, StandardSchema } from '@tidemark/instrumentation'
import { parameterNames, type ArgumentCheck, type FunctionOffer } from './argument-schema.ts'
import { readCallList } from './call-list.ts'
import { readWrittenCalls, type RequestedCall, type WrittenCallsReading } from './written-calls.ts'

/** A call whose function exists and whose arguments fit it. */
export type CheckedCall = { readonly name: string; readonly arguments: Readonly<Record<string, unknown>> }

type TextContract = StandardSchema<unknown, readonly CheckedCall[]>

/** Contract of an answer to a prompt that asked for `[f(a=1), g(b=2)]`: at least one call, each fits a function offered. */
export function callListContract(offers: readonly FunctionOffer[], check: ArgumentCheck): TextContract {
  return textContract(readCallList, offers, check)
}

/** Contract of an answer in the model's own way of writing calls. */
export function writtenCallsContract(offers: readonly FunctionOffer[], check: ArgumentCheck): TextContract {
  return textContract(readWrittenCalls, offers, check)
}

/** Contracts of native tool calls, by the name of the tool. */
export function toolContracts(
  offers: readonly FunctionOffer[],
  check: ArgumentCheck,
): Readonly<Record<string, StandardSchema>> {
  return Object.fromEntries(
    offers.map((offer) => [offer.name, standardSchema((values) => settle(values, check(offer, values)))]),
  )
}

function textContract(
  read: (text: string) => WrittenCallsReading,
  offers: readonly FunctionOffer[],
  check: ArgumentCheck,
): TextContract {
  const byName = new Map(offers.map((offer) => [offer.name, offer]))
  return standardSchema((text) => {
    const reading = read(String(text))
    if (!reading.ok) return { issues: [{ message: reading.message }] }
    if (reading.calls.length === 0) return { issues: [{ message: 'a list without a call' }] }
    const calls: CheckedCall[] = []
    for (const [index, call] of reading.calls.entries()) {
      const offer = byName.get(call.name)
      if (offer === undefined) return { issues: [{ message: `no function ${call.name} was offered`, path: [index] }] }
      const values = namedArguments(call, offer)
      if (values === undefined)
        return { issues: [{ message: `${call.name}: more arguments than parameters`, path: [index] }] }
      const issues = check(offer, values)
      if (issues.length > 0) return { issues: issues.map(({ message, path }) => ({ message, path: [index, ...path] })) }
      calls.push({ name: call.name, arguments: values })
    }
    return { value: calls }
  })
}

/** Positional arguments get the names of the parameters in their order, as Python binds them. */
function namedArguments(call: RequestedCall, offer: FunctionOffer): Record<string, unknown> | undefined {
  const names = parameterNames(offer.parameters)
  if (call.positional.length > names.length) return undefined
  const bound = call.positional.map((value, position) => [names[position] ?? '', value] as const)
  if (bound.some(([name]) => Object.hasOwn(call.named, name))) return undefined
  return Object.fromEntries([...bound, ...Object.entries(call.named)])
}

function settle<Value>(value: Value, issues: readonly StandardIssue[]): StandardResult<Value> {
  return issues.length > 0 ? { issues } : { value }
}

function standardSchema<Output>(validate: (value: unknown) => StandardResult<Output>): StandardSchema<unknown, Output> {
  return { '~standard': { version: 1, vendor: 'tidemark-playback', validate } }
}
