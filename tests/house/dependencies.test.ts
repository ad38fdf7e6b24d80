import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { projectFiles, readText } from './repository.ts'

const list = z.record(z.string(), z.string()).default({})
const manifest = z.object({
  dependencies: list,
  devDependencies: list,
  optionalDependencies: list,
  peerDependencies: list,
})

const rows = readText('docs/dependencies.md')
  .split('\n')
  .flatMap((line) => {
    const cells = line.split('|').map((cell) => cell.trim())
    const name = /^`([^`]+)`$/u.exec(cells[1] ?? '')?.[1]
    return name === undefined ? [] : [{ name, cells: cells.slice(2, -1) }]
  })

describe('docs/dependencies.md', () => {
  test('has one line for each dependency, and none for one that is gone', () => {
    expect(rows.map(({ name }) => name).toSorted()).toEqual([...new Set([...packages(), ...goModules()])].toSorted())
  })

  test('says what we would write without it, who keeps it and since when', () => {
    for (const { name, cells } of rows) {
      expect(cells, name).toHaveLength(3)
      for (const cell of cells) expect(cell.length, name).toBeGreaterThan(2)
    }
  })

  test('knows that versions are exact, peers excepted', () => {
    for (const path of manifests()) {
      const { dependencies, devDependencies, optionalDependencies } = manifest.parse(JSON.parse(readText(path)))
      for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies }))
        expect(version, `${name} in ${path}`).toMatch(/^\d+\.\d+\.\d+$/u)
    }
  })
})

function manifests(): string[] {
  return projectFiles().filter((path) => /(^|\/)package\.json$/u.test(path))
}

/** Names in every package.json, our own packages left out. */
function packages(): string[] {
  return manifests()
    .flatMap((path) => {
      const parsed = manifest.parse(JSON.parse(readText(path)))
      return Object.values(parsed).flatMap((one) => Object.keys(one))
    })
    .filter((name) => !name.startsWith('@tidemark/'))
}

/** Modules that hold the commands in the `tool` lines of tools/go. */
function goModules(): string[] {
  return projectFiles()
    .filter((path) => /^tools\/go\/[^/]+\/go\.mod$/u.test(path))
    .flatMap((path) => {
      const tools = /^tool \(([\s\S]*?)^\)/mu.exec(readText(path))?.[1] ?? ''
      const commands = tools.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]))
      expect(commands.length, path).toBeGreaterThan(0)
      return commands.map((command) => command.replace(/\/cmd\/.*$/u, ''))
    })
}
