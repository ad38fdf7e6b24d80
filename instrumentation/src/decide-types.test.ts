import { expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import type { Decision, DecisionRequest, Tidemark } from './index.ts'
import type { Validation } from './validation.ts'

const schema = z.strictObject({ category: z.enum(['billing', 'other']), confidence: z.number() })
type Triage = z.output<typeof schema>

/** Keys of all members of a union together. */
type KeysOfAll<Union> = Union extends unknown ? keyof Union : never

it('a decision holds a value on the route auto and nowhere else', () => {
  expectTypeOf<Extract<Decision<Triage>, { route: 'auto' }>['value']>().toEqualTypeOf<Triage>()
  expectTypeOf<KeysOfAll<Exclude<Decision<Triage>, { route: 'auto' }>>>().toEqualTypeOf<
    'route' | 'reason' | 'escalation' | 'error'
  >()
})

it('the value of a decision cannot be read before its route is known', () => {
  const read = (decision: Decision<Triage>): unknown =>
    // @ts-expect-error `value` is not on every route
    decision.value
  const checked = (decision: Decision<Triage>): Triage | undefined =>
    decision.route === 'auto' ? decision.value : undefined
  expectTypeOf(read).returns.toBeUnknown()
  expectTypeOf(checked).returns.toEqualTypeOf<Triage | undefined>()
})

it('what failed cannot be read as a value: no text, no parsed object', () => {
  const escalated = (decision: Extract<Decision<Triage>, { route: 'escalated' }>): unknown[] => [
    // @ts-expect-error no value
    decision.value,
    // @ts-expect-error no text
    decision.text,
    // @ts-expect-error no raw answer
    decision.answer,
  ]
  expectTypeOf(escalated).toBeFunction()
})

it('a validation holds a value only where the schema accepted it', () => {
  expectTypeOf<Extract<Validation<Triage>, { value: unknown }>['outcome']>().toEqualTypeOf<'valid' | 'repaired'>()
  const read = (validation: Validation<Triage>): unknown =>
    // @ts-expect-error `value` is not on every outcome
    validation.value
  expectTypeOf(read).toBeFunction()
})

it('confidence and policy see the schema’s output, never the text', () => {
  expectTypeOf<NonNullable<DecisionRequest<typeof schema>['confidence']>>().parameters.toEqualTypeOf<[Triage]>()
  expectTypeOf<NonNullable<DecisionRequest<typeof schema>['policy']>>().parameters.toEqualTypeOf<[Triage]>()
})

it('transforms and tools give their output types', () => {
  const length = z.string().transform((text) => text.length)
  type OfText = ReturnType<Tidemark['decide']> extends Promise<unknown> ? Decision<number> : never
  expectTypeOf<Extract<OfText, { route: 'auto' }>['value']>().toEqualTypeOf<number>()
  expectTypeOf<Parameters<NonNullable<DecisionRequest<typeof length>['confidence']>>[0]>().toEqualTypeOf<number>()
  const tools = { refund: z.object({ amount: z.number() }), close: z.object({ why: z.string() }) }
  type Calls = Parameters<NonNullable<DecisionRequest<typeof tools>['confidence']>>[0]
  expectTypeOf<Calls[number]['name']>().toEqualTypeOf<'refund' | 'close'>()
  expectTypeOf<Extract<Calls[number], { name: 'refund' }>['arguments']>().toEqualTypeOf<{ amount: number }>()
})

it('what a reviewer needs cannot be left out', () => {
  // @ts-expect-error the question is missing
  const request: DecisionRequest<typeof schema>['escalation'] = { context: {}, input: '' }
  expectTypeOf(request).toHaveProperty('question')
})
