import { createHash } from 'node:crypto'
import type { AgentSettings } from '../config.ts'
import { TidemarkError } from '../domain/errors.ts'
import { stillExcluded, windowAt } from '../domain/excluded-window.ts'
import type { CallRecord } from '../domain/records.ts'
import {
  collapseDuplicates,
  drawSample,
  type Candidate,
  type SampleRequest,
  type SegmentShare,
} from '../harness/draw-sample.ts'
import { readExamples, type Example } from '../harness/example.ts'
import type { DecodedSpan } from '../ingest/decoded-traces.ts'
import { EXPORT_ROWS, formatOf } from '../ingest/exports/export-format.ts'
import { redactText, redactValue } from '../ingest/redact.ts'
import { DEFAULT_INGEST_LIMITS } from '../ingest/limits.ts'
import { readSpans } from '../ingest/read-spans.ts'
import { joinValidations } from '../scoring/evaluated-call.ts'
import { innermostCalls } from '../scoring/innermost-calls.ts'
import { excludedWindowsOf } from '../store/excluded-windows.ts'
import type { StoreDatabase } from '../store/open-store.ts'
import { stratumOf } from '../verdict/stratum.ts'
import { evaluatedCalls } from './collect-sample.ts'
import { rowsOf } from './import-exports.ts'

export const SAMPLE_SOURCES = ['store', 'file', 'export'] as const
export type SampleSource = (typeof SAMPLE_SOURCES)[number]

export type DrawRequest = SampleRequest & {
  readonly agent: string
  readonly source: SampleSource
  /** Of the store, epoch milliseconds. */
  readonly window: { readonly from: number; readonly to: number }
  /** Of a file or an export. */
  readonly lines: AsyncIterable<string> | null
  readonly name: string | null
}

export type SampleManifest = {
  readonly format: 1
  readonly agent: string
  readonly source: SampleSource
  readonly name: string | null
  /** ISO times; null for a file. */
  readonly window: { readonly from: string; readonly to: string } | null
  readonly seed: number
  readonly stratified: boolean
  readonly contentPolicy: string
  /** Records found, those without a text, distinct inputs, examples drawn. */
  readonly counts: {
    readonly found: number
    readonly withoutText: number
    readonly inputs: number
    readonly examples: number
  }
  readonly segments: readonly SegmentShare[]
  /** SHA-256 of the examples' text. */
  readonly hash: string
}

/**
 * Draws real examples, redacts them as the agent's texts are, and says how they were drawn.
 * @throws {TidemarkError} `examples_invalid`, `window_empty`, `argument_invalid`
 */
export async function drawExamples(
  db: StoreDatabase,
  settings: AgentSettings,
  request: DrawRequest,
): Promise<{ readonly text: string; readonly manifest: SampleManifest }> {
  const { accept } = settings.content
  if (accept === 'none')
    throw new TidemarkError(
      'argument_invalid',
      `Agent ${request.agent} keeps no texts (content.accept: none), so there are no inputs to sample.`,
      'Set content.accept to redacted for this agent, and let it send texts.',
    )
  const found = await candidates(db, settings, request)
  const withText = found.filter(({ input }) => input !== null)
  if (withText.length === 0)
    throw new TidemarkError(
      'window_empty',
      `No input with a text was found for agent ${request.agent} (${found.length} without).`,
      'Widen the window with --window, let the agent send texts, or sample a file with --source file.',
    )
  const inputs = collapseDuplicates(withText)
  const { examples, segments } = drawSample(inputs, request)
  const text = examples.map((example) => `${JSON.stringify(accept === 'all' ? example : redacted(example))}\n`).join('')
  return {
    text,
    manifest: {
      format: 1,
      agent: request.agent,
      source: request.source,
      name: request.name,
      window: request.source === 'store' ? { from: iso(request.window.from), to: iso(request.window.to) } : null,
      seed: request.seed,
      stratified: request.stratify,
      contentPolicy: accept,
      counts: {
        found: found.length,
        withoutText: found.length - withText.length,
        inputs: inputs.length,
        examples: examples.length,
      },
      segments,
      hash: createHash('sha256').update(text).digest('hex'),
    },
  }
}

async function candidates(db: StoreDatabase, settings: AgentSettings, request: DrawRequest): Promise<Candidate[]> {
  if (request.source === 'store') {
    const calls = await evaluatedCalls(db, request.agent, request.window)
    const excluded = stillExcluded(await excludedWindowsOf(db, request.agent))
    return calls
      .filter(({ call }) => call.origin === 'production' && windowAt(excluded, call.startedAt) === undefined)
      .map(({ call, validation }) => candidateOf(call, stratumOf({ call, validation }, settings.segments)))
  }
  if (request.lines === null)
    throw new TidemarkError('argument_invalid', `--source ${request.source} needs a file.`, 'Name it with --file.')
  if (request.source === 'export') return await exported(request.agent, request.lines, settings)
  let text = ''
  for await (const line of request.lines) text += `${line}\n`
  return [...readExamples(text, request.name ?? 'the file').examples]
}

/** Calls of another tool's export, read as an import would read them, and stored nowhere. */
async function exported(agent: string, lines: AsyncIterable<string>, settings: AgentSettings): Promise<Candidate[]> {
  const spans: DecodedSpan[] = []
  for await (const row of rowsOf(lines)) {
    const format = formatOf(row)
    if (format === undefined || format === 'tidemark')
      throw new TidemarkError(
        'examples_invalid',
        'The file is no export of Langfuse or Phoenix.',
        'Use --source file for JSON lines of examples.',
      )
    for (const span of EXPORT_ROWS[format](row, agent).spans) spans.push(span)
  }
  const { batch } = readSpans(
    { resourceSpans: [{ resource: new Map([['service.name', agent]]), spans }] },
    { knownAgents: () => 'known', limits: DEFAULT_INGEST_LIMITS, ...ANY_TIME },
  )
  return innermostCalls(joinValidations(batch.calls, batch.validations)).map((one) =>
    candidateOf(one.call, stratumOf(one, settings.segments)),
  )
}

/** A file may be of any age. */
const ANY_TIME = { now: 0, retentionMilliseconds: Infinity, futureSkewMilliseconds: Infinity }

function candidateOf(call: CallRecord, stratum: string): Candidate {
  return {
    id: `${call.traceId}/${call.spanId}`,
    input: call.input === null ? null : valueOf(call.input),
    segment: call.segment ?? stratum,
    promptName: call.promptName,
    operation: call.operation,
    inputHash: call.inputHash,
    conversationId: call.conversationId,
    userHash: call.userHash,
    count: 1,
  }
}

/** Messages are kept as JSON, other text as text. */
function valueOf(input: string): unknown {
  try {
    return JSON.parse(input)
  } catch {
    return input
  }
}

function redacted(example: Example): Example {
  const { input, reference } = example
  return {
    ...example,
    input: typeof input === 'string' ? redactText(input) : redactValue(input),
    ...(reference === undefined ? {} : { reference: redactValue(reference) }),
  }
}

function iso(time: number): string {
  return new Date(time).toISOString()
}
