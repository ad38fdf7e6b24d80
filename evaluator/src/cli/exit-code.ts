import type { Verdict } from '@tidemark/instrumentation/semconv'
import type { ErrorCode } from '../domain/errors.ts'

/** Exit codes of every command: one table for scripts to rely on. */
export const EXIT = {
  good: 0,
  error: 1,
  misuse: 2,
  drift: 3,
  inconclusive: 4,
} as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** What each exit code says, for the help of every command. */
export const EXIT_MEANINGS: Readonly<Record<keyof typeof EXIT, string>> = {
  good: 'done, and nothing is wrong',
  error: 'it failed, or something is wrong; the message says what to do',
  misuse: 'the command, an option or the configuration cannot be used as given',
  drift: 'drift, a changed judge, or a gate that failed',
  inconclusive: 'no baseline, or not enough data to tell',
}

export function exitCodeTable(): string {
  const names = ['good', 'error', 'misuse', 'drift', 'inconclusive'] as const
  const rows = names.map((name) => `  ${EXIT[name]}  ${EXIT_MEANINGS[name]}`)
  return `Exit codes:\n${rows.join('\n')}`
}

/** Errors that the caller can mend by asking differently. */
const MISUSE: ReadonlySet<ErrorCode> = new Set([
  'agent_unknown',
  'argument_invalid',
  'baseline_exists',
  'baseline_too_small',
  'change_invalid',
  'config_invalid',
  'config_unreadable',
  'import_invalid',
  'public_without_tokens',
  'recorded_data_invalid',
  'target_invalid',
  'examples_invalid',
  'run_invalid',
  'store_not_empty',
  'window_empty',
  'window_invalid',
])

export function exitCodeOfError(code: ErrorCode): ExitCode {
  return MISUSE.has(code) ? EXIT.misuse : EXIT.error
}

export function exitCodeOfVerdict(verdict: Verdict): ExitCode {
  switch (verdict) {
    case 'drift':
    case 'judge_changed':
      return EXIT.drift
    case 'no_baseline':
    case 'insufficient_data':
      return EXIT.inconclusive
    case 'improved':
    case 'input_mix_changed':
    case 'watch':
    case 'stable':
      return EXIT.good
  }
}
