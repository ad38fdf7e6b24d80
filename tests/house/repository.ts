import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Folder of the repository. */
export const ROOT = join(import.meta.dirname, '..', '..')

export function readText(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}

/** Paths of all files that git tracks or would track: no build output, no dependencies. */
export function projectFiles(): string[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
    cwd: ROOT,
    encoding: 'utf8',
  })
  // a file that was deleted but not yet committed is still listed
  return listed.split('\0').filter((path) => path !== '' && existsSync(join(ROOT, path)))
}

/** Texts of the headings of one level in a Markdown document. */
export function headingsOf(markdown: string, level: number): string[] {
  const mark = `${'#'.repeat(level)} `
  return markdown
    .split('\n')
    .filter((line) => line.startsWith(mark))
    .map((line) => line.slice(mark.length).trim())
}

/** What stands below a heading, up to the next one of the same or a higher level. */
export function sectionOf(markdown: string, heading: string): string {
  const lines = markdown.split('\n')
  const start = lines.findIndex((line) => line.replace(/^#+ /u, '').trim() === heading && line.startsWith('#'))
  if (start === -1) throw new Error(`there is no heading "${heading}"`)
  const level = /^#+/u.exec(lines[start] ?? '')?.[0].length ?? 1
  const rest = lines.slice(start + 1)
  const end = rest.findIndex((line) => {
    const mark = /^(#+) /u.exec(line)?.[1]
    return mark !== undefined && mark.length <= level
  })
  return rest.slice(0, end === -1 ? undefined : end).join('\n')
}
