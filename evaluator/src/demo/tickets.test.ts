import { expect, test } from 'vitest'
import { seededRandom } from './seeded-random.ts'
import { languageOf, topicsIn, writeTicket } from './tickets.ts'

const tickets = (seed: number, count: number) => {
  const random = seededRandom(seed)
  return Array.from({ length: count }, (_, index) => writeTicket(`T-${index}`, random))
}

test('the same seed writes the same tickets, another seed others', () => {
  expect(tickets(1, 50)).toEqual(tickets(1, 50))
  expect(tickets(2, 50)).not.toEqual(tickets(1, 50))
})

test('every ticket can be read: its topic and its language are found in its text', () => {
  for (const ticket of tickets(3, 2000)) {
    expect(topicsIn(ticket.body)).toContain(ticket.topic)
    expect(languageOf(ticket.body)).toBe(ticket.language)
    expect(ticket.body).not.toMatch(/[{}]/u)
  }
})

test('some tickets have two topics, most have one', () => {
  const share = tickets(4, 4000).filter(({ body }) => topicsIn(body).length > 1).length / 4000
  expect(share).toBeGreaterThan(0.02)
  expect(share).toBeLessThan(0.1)
})

test('tickets vary: hardly two of a thousand are the same', () => {
  expect(new Set(tickets(5, 1000).map(({ body }) => body)).size).toBeGreaterThan(900)
})
