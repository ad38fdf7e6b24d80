import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { generatedFiles, staleFiles } from '../../scripts/generate.ts'
import { ROOT } from './repository.ts'

describe('generated files', () => {
  test('are what the code makes', () => {
    expect(staleFiles(), 'run npm run generate').toEqual([])
  })

  test('come out the same twice', () => {
    expect([...generatedFiles()]).toEqual([...generatedFiles()])
  })

  test('stop an unknown option with exit code 2', () => {
    const { status, stderr } = spawnSync(process.execPath, ['scripts/generate.ts', '--chek'], {
      cwd: ROOT,
      encoding: 'utf8',
    })
    expect(status).toBe(2)
    expect(stderr).toContain('--chek')
  })
})
