import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, onTestFinished, test } from 'vitest'
import { tidemark } from '../cli/tidemark-process.ts'

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'tidemark-import-'))
  onTestFinished(() => rmSync(path, { recursive: true }))
  return path
}

const startTime = new Date(Date.now() - 60_000).toISOString()
const rows = [1, 2, 3].map((n) => ({
  id: `o-${n}`,
  traceId: `t-${n}`,
  type: 'GENERATION',
  startTime,
  endTime: startTime,
  model: 'm',
}))

test('tidemark import reads an export of Langfuse, plain, packed and from a row on', async () => {
  const cwd = folder()
  writeFileSync(join(cwd, 'plain.json'), JSON.stringify(rows))
  writeFileSync(join(cwd, 'packed.jsonl.gz'), gzipSync(rows.map((row) => JSON.stringify(row)).join('\n')))
  const run = (...args: string[]) => tidemark(['import', ...args, '--json'], cwd)
  expect(await run('plain.json')).toMatchObject({ code: 2, stderr: expect.stringContaining('--agent NAME') as string })
  expect(JSON.parse((await run('plain.json', '--agent', 'a', '--from-line', '3')).stdout)).toMatchObject({
    inserted: 1,
  })
  expect(JSON.parse((await run('packed.jsonl.gz', '--agent', 'a')).stdout)).toMatchObject({ lines: 3, inserted: 2 })
})

test('an import that ends at a broken row says from where to go on', async () => {
  const cwd = folder()
  const call = (n: number) => JSON.stringify({ type: 'call', agent: 'a', startedAt: startTime, latencySeconds: n })
  writeFileSync(join(cwd, 'records.jsonl'), [call(1), call(2), '{"type":"call"}', call(4)].join('\n'))
  const { code, stderr } = await tidemark(['import', 'records.jsonl'], cwd)
  expect(code).toBe(2)
  expect(stderr).toContain('Line 3 is no record')
  expect(stderr).toContain('--from-line 3')
})

test('tidemark change add records a change once, and refuses a kind that does not exist', async () => {
  const cwd = folder()
  const add = (kind: string) =>
    tidemark(
      ['change', 'add', '--agent', 'a', '--kind', kind, '--value', 'kb-1', '--at', '2026-11-01T08:00Z', '--json'],
      cwd,
    )
  expect(JSON.parse((await add('data')).stdout)).toMatchObject({ isNew: true })
  expect(JSON.parse((await add('data')).stdout)).toMatchObject({ isNew: false })
  expect(await add('weather')).toMatchObject({ code: 2, stderr: expect.stringContaining('change_invalid') as string })
})
