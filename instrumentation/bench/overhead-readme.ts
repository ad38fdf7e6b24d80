/** Puts the table of a report into the README: `node instrumentation/bench/overhead-readme.ts out.json`. */
import { readFile, writeFile } from 'node:fs/promises'
import { overheadTable } from './overhead-table.ts'
import type { OverheadReport } from './report.ts'

const [path] = process.argv.slice(2)
if (path === undefined) throw new Error('expected the file that `npm run bench:overhead -- --json <file>` has written')
const README = new URL('../README.md', import.meta.url)
const BLOCK = /(?<=<!-- overhead -->\n)[\s\S]*(?=<!-- \/overhead -->)/u

const report: OverheadReport = JSON.parse(await readFile(path, 'utf8'))
const readme = await readFile(README, 'utf8')
if (!BLOCK.test(readme)) throw new Error(`${README.pathname} has no lines <!-- overhead --> and <!-- /overhead -->`)
await writeFile(
  README,
  readme.replace(BLOCK, () => `\n${overheadTable(report)}\n\n`),
)
