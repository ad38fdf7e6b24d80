/**
 * Many senders in a process of their own, so that only the evaluator's memory is in the one that measures:
 * `node pushing-senders.ts URL ROUNDS`. Each round 16 send 2 MiB at once; prints the statuses that came, once each.
 */
const [url = '', rounds = '1'] = process.argv.slice(2)
const body = new Uint8Array(2 * 1024 * 1024)
const statuses = new Set<number>()

async function send(): Promise<void> {
  const response = await fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json' } })
  await response.arrayBuffer()
  statuses.add(response.status)
}

for (let round = 0; round < Number(rounds); round += 1) await Promise.all(Array.from({ length: 16 }, send))
console.log([...statuses].join(' '))
