import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { draw, pick, seededRandom, seedOf } from './seeded-random.ts'

test('mulberry32 gives the numbers of the golden vectors', () => {
  const random = seededRandom(12_345)
  const first = Array.from({ length: 4 }, () => random() * 4_294_967_296)
  expect(first).toEqual([4_207_900_869, 1_317_490_944, 2_079_646_450, 3_513_001_552])
})

test('a draw holds different items of the pool, as many as asked for or all', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer(), { maxLength: 40 }), fc.nat(60), fc.integer(), (pool, count, seed) => {
      const drawn = draw(pool, count, seededRandom(seed))
      expect(drawn).toHaveLength(Math.min(count, pool.length))
      expect(new Set(drawn).size).toBe(drawn.length)
      expect(drawn.every((item) => pool.includes(item))).toBe(true)
    }),
  )
})

test('every item is drawn equally often', () => {
  const random = seededRandom(7)
  const counts = new Map<number, number>()
  for (let round = 0; round < 6000; round += 1) {
    for (const item of draw([0, 1, 2, 3, 4, 5], 2, random)) counts.set(item, (counts.get(item) ?? 0) + 1)
  }
  // 2000 expected each, standard deviation 37
  for (const count of counts.values()) expect(Math.abs(count - 2000)).toBeLessThan(180)
})

test('parts of a simulation have seeds of their own', () => {
  expect(seedOf(1, 'cases', 2)).toBe(seedOf(1, 'cases', 2))
  expect(
    new Set([seedOf(1, 'cases', 2), seedOf(2, 'cases', 2), seedOf(1, 'cases', 3), seedOf(1, 'moments', 2)]).size,
  ).toBe(4)
})

test('pick takes every item of the list', () => {
  const random = seededRandom(9)
  expect(new Set(Array.from({ length: 100 }, () => pick(['a', 'b', 'c'], random)))).toEqual(new Set(['a', 'b', 'c']))
})
