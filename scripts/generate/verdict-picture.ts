/**
 * Takes the picture of the README: plays the demo, opens its verdict page in a headless Chromium and stores what it sees:
 * `node scripts/generate/verdict-picture.ts [chromium]`.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ROOT } from '../runner.ts'
import { smallerPng } from './png.ts'

const PICTURE = 'docs/images/verdict.png'
const WINDOW = '1040,1500'
const DEMO_LIMIT_MILLISECONDS = 180_000

async function main(chromium: string): Promise<number> {
  const demo = spawn(process.execPath, ['evaluator/bin/tidemark.js', 'demo', '--port', '0'], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-picture-'))
  try {
    const file = join(folder, 'page.png')
    const { status, stderr } = spawnSync(chromium, [
      ...FLAGS,
      `--user-data-dir=${folder}`,
      `--screenshot=${file}`,
      await pageOf(demo),
    ])
    if (status !== 0) throw new Error(`${chromium} ended with ${String(status)}: ${stderr.toString().slice(-500)}`)
    const picture = smallerPng(readFileSync(file))
    writeFileSync(join(ROOT, PICTURE), picture)
    console.log(`${PICTURE} written, ${Math.round(picture.length / 1000)} kB`)
    return 0
  } finally {
    demo.kill('SIGINT')
    rmSync(folder, { recursive: true, force: true })
  }
}

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--hide-scrollbars',
  `--window-size=${WINDOW}`,
]

/** The address of the verdict page, which the demo prints when it has ended. */
function pageOf(demo: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => reject(new Error('the demo printed no page in time')), DEMO_LIMIT_MILLISECONDS)
    let text = ''
    demo.on('exit', (code) => reject(new Error(`the demo ended with ${String(code)} before its page was there`)))
    demo.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      const page = /^Page +(http\S+)/mu.exec(text)?.[1]
      if (page === undefined) return
      clearTimeout(limit)
      resolve(page)
    })
  })
}

process.exitCode = await main(process.argv[2] ?? 'chromium')
