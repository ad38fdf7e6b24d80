import { describe, expect, it } from 'vitest'
import { createTidemark as createOnEdge } from './edge.ts'
import { createTidemark, TidemarkError } from './index.ts'

describe('createTidemark refuses', () => {
  it.for([
    [{}, 'agent'],
    [{ agent: '' }, 'agent'],
    [{ agent: 'a', promtVersion: '7' }, 'promtVersion'],
    [{ agent: 'a', endpoint: 'localhost:8433' }, 'endpoint'],
    [{ agent: 'a', content: 'some' }, 'content'],
    [{ agent: 'a', contentProbability: 2 }, 'contentProbability'],
    [{ agent: 'a', hashKey: 'short' }, 'at least 16 characters'],
    [{ agent: 'a', origin: 'test' }, 'origin'],
    [{ agent: 'a', retry: { maxRetries: 3 } }, 'retry'],
    [{ agent: 'a', redact: 'yes' }, 'must be a function'],
    [{ agent: 'a', escalationReasons: ['Too Risky'] }, 'snake_case'],
    [{ agent: 'a', escalationReasons: ['refused'] }, 'are always there'],
    [
      { agent: 'a', escalationReasons: Array.from({ length: 11 }, (_, index) => `reason_${index}`) },
      'escalationReasons',
    ],
    [{ agent: 'a', tracerProvider: {} }, 'TracerProvider'],
  ] as const)('%j and names %s', ([options, named], { expect }) => {
    // @ts-expect-error: what types forbid, JavaScript callers still send
    const create = () => createTidemark(options)
    expect(create).toThrow(TidemarkError)
    expect(create).toThrow(
      expect.objectContaining({ code: 'options_invalid', message: expect.stringContaining(named) }),
    )
  })
})

it('createTidemark takes the smallest options', async () => {
  await createTidemark({ agent: 'a', outbox: false }).shutdown(0)
  expect.hasAssertions()
  expect(createTidemark).toBeTypeOf('function')
})

it('an edge runtime has no disk: an outbox is refused, and that is said', () => {
  expect(() => createOnEdge({ agent: 'a', outbox: '/var/outbox' })).toThrow(
    expect.objectContaining({ code: 'runtime_unsupported', message: expect.stringContaining('set it to false') }),
  )
})
