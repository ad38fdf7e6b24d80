import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Marked } from 'marked'
import { ROOT } from '../runner.ts'

/** The runbook as the evaluator serves it: the link of an alert ends in the name of its heading, in lower case. */
export function runbookFragment(): string {
  const marked = new Marked({
    renderer: {
      heading({ tokens, depth, text }) {
        return `<h${depth} id="${headingId(text)}">${this.parser.parseInline(tokens)}</h${depth}>\n`
      },
    },
  })
  return marked.parse(readFileSync(join(ROOT, 'docs/runbook.md'), 'utf8'), { async: false })
}

function headingId(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9 -]/gu, '')
    .replaceAll(' ', '-')
}
