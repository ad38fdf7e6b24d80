import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ALERTS_FOLDER, alertNames, alertRules } from './shipped.ts'

const runbook = readFileSync(join(ALERTS_FOLDER, '..', 'docs', 'runbook.md'), 'utf8')
const headings = [...runbook.matchAll(/^### (\S+)$/gmu)].map(([, name]) => name)

test('the runbook has one heading per alert and no other', () => {
  expect(new Set(headings)).toEqual(new Set(alertNames()))
  expect(headings).toHaveLength(alertNames().length)
})

test('every runbook_url ends in the anchor of its alert', () => {
  for (const { alert, annotations } of alertRules()) {
    expect(annotations['runbook_url']).toBe(`https://tidemark.example.org/runbook#${alert.toLowerCase()}`)
  }
})

test('every entry says its severity and what to do first', () => {
  for (const entry of runbook.split(/^### /mu).slice(1)) {
    const [name = '', ...lines] = entry.split('\n')
    const severities = new Set(
      alertRules()
        .filter(({ alert }) => alert === name)
        .map(({ labels }) => labels['severity']),
    )
    const opening = lines.find((line) => line !== '') ?? ''
    expect(opening, name).toMatch(/^(Critical|Warning|Info|None)/u)
    for (const severity of severities) expect(opening.toLowerCase(), name).toContain(severity)
    expect(entry, name).toMatch(/^1\. \S/mu)
  }
})

test('the runbook names only commands that exist', () => {
  const commands = new Set([...runbook.matchAll(/`tidemark ([a-z]+)/gu)].map(([, command]) => command))
  const help = execFileSync(process.execPath, ['evaluator/bin/tidemark.js', '--help'], { encoding: 'utf8' })
  const existing = new Set([...help.matchAll(/^ {2}([a-z]+)/gmu)].map(([, command]) => command))
  expect(existing).toContain('verdict')
  expect([...commands].filter((command) => !existing.has(command))).toEqual([])
})
