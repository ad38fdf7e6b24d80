import { writeFileSync } from 'node:fs'
import { TidemarkError } from '../domain/errors.ts'
import { gateJunit, gateMarkdown, type GateReport, type GateRequest, type GateSource } from '../service/run-gate.ts'
import type { Service } from '../service.ts'
import { parseCount } from './duration.ts'
import { EXIT, type ExitCode } from './exit-code.ts'
import { withService, type CommonOptions } from './open-service.ts'
import { parsePositive } from './harness.ts'
import { createTerminal } from './terminal.ts'

/** What both `gate` and `change announce` take. */
export type GateArguments = {
  readonly target?: string
  readonly candidate?: string
  readonly controlTarget?: string
  readonly baselineOutputs?: string
  readonly examples?: string
  readonly runs: string
  readonly concurrency: string
  readonly timeout: string
  readonly attempts: string
  readonly maxSpend?: string
  readonly margin?: string
  readonly scoreMargin?: string
  readonly out?: string
  readonly junit?: string
  readonly markdown?: string
}
export type GateOptions = CommonOptions & GateArguments & { readonly agent: string }

/** Compares a candidate with the version in force; the exit code tells the verdict. */
export async function gateCommand(options: GateOptions): Promise<ExitCode> {
  const terminal = createTerminal(options.json ?? false)
  const report = await withService(options, (service) =>
    runGateWith(service, options.agent, options, (text) => terminal.note(text)),
  )
  terminal.json(report)
  terminal.line(gateMarkdown(report))
  return exitCodeOfGate(report)
}

/** Runs the gate that the arguments describe, and writes the files they ask for. */
export async function runGateWith(
  service: Pick<Service, 'releases'>,
  agent: string,
  options: GateArguments,
  note: (text: string) => void,
): Promise<GateReport> {
  const stop = new AbortController()
  const onInterrupt = (): void => stop.abort()
  process.once('SIGINT', onInterrupt)
  process.once('SIGTERM', onInterrupt)
  try {
    const tell = ({ done, of }: { done: number; of: number }): void => {
      if (done === of || done % 50 === 0) note(`${done} of ${of} calls`)
    }
    const report = await service.releases.gate(gateRequest(agent, options), { stop: stop.signal, tell })
    if (options.junit !== undefined) writeFileSync(options.junit, gateJunit(report))
    if (options.markdown !== undefined) writeFileSync(options.markdown, gateMarkdown(report))
    return report
  } finally {
    process.removeListener('SIGINT', onInterrupt)
    process.removeListener('SIGTERM', onInterrupt)
  }
}

export function exitCodeOfGate({ verdict }: Pick<GateReport, 'verdict'>): ExitCode {
  switch (verdict) {
    case 'pass':
      return EXIT.good
    case 'fail':
      return EXIT.drift
    case 'inconclusive':
      return EXIT.inconclusive
  }
}

function gateRequest(agent: string, options: GateArguments): GateRequest {
  const { margin, scoreMargin } = options
  return {
    agent,
    candidate: sourceOf(options.target, options.candidate, ['--target', '--candidate']),
    baseline: sourceOf(options.controlTarget, options.baselineOutputs, ['--control-target', '--baseline-outputs']),
    examples: options.examples ?? null,
    folder: options.out ?? `gate-runs/${new Date().toISOString().replaceAll(/[:.]/gu, '-')}`,
    runs: parseCount(options.runs),
    limits: {
      concurrency: parseCount(options.concurrency),
      timeoutMilliseconds: parseCount(options.timeout) * 1000,
      attempts: parseCount(options.attempts),
      maxSpendUsd: options.maxSpend === undefined ? Infinity : parsePositive(options.maxSpend, '--max-spend'),
    },
    settings: {
      ...(margin === undefined ? {} : { rateMargin: parseMargin(margin, '--margin') }),
      ...(scoreMargin === undefined ? {} : { scoreMargin: parseMargin(scoreMargin, '--score-margin') }),
    },
  }
}

function sourceOf(target: string | undefined, path: string | undefined, names: readonly [string, string]): GateSource {
  if (target !== undefined && path === undefined) return { kind: 'target', target }
  if (path !== undefined && target === undefined) return { kind: 'answers', path }
  throw new TidemarkError(
    'argument_invalid',
    target === undefined
      ? `Neither ${names[0]} nor ${names[1]} is given.`
      : `Both ${names[0]} and ${names[1]} are given.`,
    `Give ${names[0]} with something to ask, or ${names[1]} with the folder of a harness run or a file of answers.`,
  )
}

function parseMargin(text: string, option: string): number {
  const value = Number(text)
  if (text.trim() !== '' && Number.isFinite(value) && value > 0 && value < 10) return value
  throw new TidemarkError(
    'argument_invalid',
    `${option} is "${text}".`,
    'Give a number above 0, such as 0.02 for two points of a rate, or 0.15 standard deviations.',
  )
}
