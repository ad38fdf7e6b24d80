import type { Command } from 'commander'
import { commandWords } from './command-words.ts'

/** Below the help of a command: what people type, and why. */
const EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  serve: [
    'tidemark serve --config tidemark.yaml',
    'kill -HUP <pid>      reads the configuration again, no run is lost',
  ],
  evaluate: ['tidemark evaluate || echo "look at it"      from cron: 3 is drift, 4 is too little data'],
  check: [
    'tidemark check      every line that is not good has a next step below',
    'tidemark check --json | jq \'.[] | select(.state != "good")\'',
  ],
  verdict: [
    'tidemark verdict --agent support-triage',
    'tidemark verdict --agent support-triage --recompute      audit: bit for bit',
  ],
  'baseline freeze': ['tidemark baseline freeze --agent support-triage --production 14d'],
  'incident resolve': ['tidemark incident resolve <id> --as fixed --by ada'],
  harness: ['tidemark harness --agent support-triage --target ./agent.ts#run --examples real.jsonl --runs 3'],
  'change add': ['tidemark change add --agent support-triage --kind data --value catalogue-7 --at 2026-11-01T08:00Z'],
  import: ['tidemark import langfuse.jsonl.gz --format langfuse --agent support-triage'],
  forget: ['tidemark forget --agent support-triage --user 3f2a9c      everything of this person'],
  'config print': ['tidemark config print      defaults, file and environment together'],
  'config diff': ['tidemark config diff new.yaml      which keys need a restart or a new baseline'],
  completion: ['tidemark completion bash > /etc/bash_completion.d/tidemark'],
}

export function exampleText(command: Command): string {
  const lines = EXAMPLES[commandWords(command)] ?? []
  return lines.length === 0 ? '' : `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}\n`
}
