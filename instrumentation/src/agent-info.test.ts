import { expect, it } from 'vitest'
import { createAgentInfo } from './agent-info.ts'

it('a pair is 1 for a quarter of an hour after its last call, then 0', () => {
  let now = 0
  const info = createAgentInfo(() => now)
  info.used({ model: 'a', promptVersion: '1' })
  now = 10 * 60_000
  info.used({ model: 'b', promptVersion: '1' })
  now = 15 * 60_000
  expect(info.observations().map(({ model, value }) => [model, value])).toEqual([
    ['a', 1],
    ['b', 1],
  ])
  now += 1
  expect(info.observations().map(({ model, value }) => [model, value])).toEqual([
    ['a', 0],
    ['b', 1],
  ])
  info.used({ model: 'a', promptVersion: '1' })
  expect(info.observations().map(({ model, value }) => [model, value])).toEqual([
    ['a', 1],
    ['b', 1],
  ])
})

it('the pair unused for longest makes room for the fifty-first', () => {
  let now = 0
  const info = createAgentInfo(() => now++)
  for (let model = 0; model <= 50; model++) info.used({ model: String(model), promptVersion: '' })
  const models = info.observations().map(({ model }) => model)
  expect(models).toHaveLength(50)
  expect(models).not.toContain('0')
})
