import type { SentinelReport } from '../domain/sentinel.ts'
import type { BaselineSummary, VerdictRecord } from '../domain/verdict.ts'
import type { Listener } from '../http/listen.ts'
import type { ServicePort } from '../http/port.ts'
import type { SeenAgent } from '../store/agents.ts'
import type { Window } from '../store/telemetry.ts'
import type { Traffic } from '../store/traffic.ts'
import type { ChangeParts } from '../service/attribute-changes.ts'
import type { BaselineDetails, expireVersion } from '../service/baseline-versions.ts'
import type { DrawRequest, SampleManifest } from '../service/draw-examples.ts'
import type { ForgetCount, ForgetRequest } from '../service/forget-texts.ts'
import type { FreezeHarnessRequest } from '../service/freeze-harness.ts'
import type { FreezeRequest } from '../service/freeze.ts'
import type { ImportCount, ImportOptions } from '../service/import-records.ts'
import type { Recomputation } from '../service/recompute.ts'
import type { ReleaseSteps } from '../service/release-steps.ts'
import type { HarnessReport, HarnessRequest, Progress } from '../service/run-harness.ts'
import type { SentinelInputStatus } from '../service/sentinel-status.ts'

/** What the program, its commands and its HTTP API do with one store. */
export type Service = ServicePort & {
  /** Listens on the configured address. @throws {TidemarkError} `listen_failed`, `public_without_tokens` */
  start(): Promise<{ url: string }>
  /**
   * Answers in place of another service, on its address and without a gap; that one has then answered what it was asked,
   * and is to be stopped. @throws {TidemarkError} `config_unreadable`, `config_invalid` for a token file; nothing has changed
   */
  takeOver(from: Service): Promise<void>
  /** Gives the listener away, for {@link Service.takeOver}. */
  release(): Listener | null
  /** Looks for due slots every half minute. */
  startSchedule(): void
  /**
   * Claims and runs every due slot of every agent, or of one, oldest first, and returns the verdicts of this process.
   * A slot that fails is given back, and the later ones of its agent wait for it.
   */
  runDue(now: number, only?: string): Promise<readonly VerdictRecord[]>
  /**
   * Replays frozen inputs of every agent, or of one, whose daily slot is due, and returns the reports of this process. It does
   * not wait for the slots of production, nor they for it.
   */
  runSentinelsDue(now: number, only?: string): Promise<readonly SentinelReport[]>
  /**
   * Takes simultaneous changes apart: every combination of them, as a target of its own, is asked all frozen inputs.
   * @throws {TidemarkError} `argument_invalid`, `target_invalid`
   */
  attributeChanges(request: {
    readonly agent: string
    readonly changes: readonly string[]
    readonly targets: readonly string[]
    readonly score: string
  }): Promise<ChangeParts>
  /** What every frozen input came to. */
  sentinelInputs(agent: string): Promise<readonly SentinelInputStatus[]>
  /** Audits the newest replays from what is stored. */
  recomputeSentinels(agent: string): Promise<{ runs: number; isEqual: boolean }>
  /** Agents whose newest run failed, with its time, epoch milliseconds. */
  failedRuns(): ReadonlyMap<string, number>
  /** @throws {TidemarkError} `agent_unknown`, `window_invalid`, `window_empty`, `baseline_too_small`, `baseline_exists` */
  freezeBaseline(request: FreezeRequest): Promise<BaselineSummary>
  /** @throws {TidemarkError} `agent_unknown`, `run_invalid`, `examples_invalid`, `baseline_too_small`, `baseline_exists` */
  freezeHarness(request: FreezeHarnessRequest): Promise<BaselineSummary>
  /** Real examples for the harness. @throws {TidemarkError} `agent_unknown`, `examples_invalid`, `window_empty` */
  drawExamples(request: DrawRequest): Promise<{ readonly text: string; readonly manifest: SampleManifest }>
  /** Asks a target and reports. @throws {TidemarkError} `agent_unknown`, `examples_invalid`, `run_invalid`, `target_invalid` */
  runHarness(
    request: HarnessRequest,
    around: { readonly stop: AbortSignal; readonly tell: (progress: Progress) => void },
  ): Promise<HarnessReport>
  /** What a version holds, by default the newest. @throws {TidemarkError} `argument_invalid` */
  baselineDetails(agent: string, version?: number): Promise<BaselineDetails>
  /** Lets a version expire now, by default the one in force. @throws {TidemarkError} `argument_invalid` */
  expireBaseline(request: Parameters<typeof expireVersion>[1]): Promise<BaselineSummary>
  /** Gate, announced changes, live versions side by side. */
  readonly releases: ReleaseSteps
  /** Stores records that come as JSON lines, or another tool's export. @throws {TidemarkError} `import_invalid` */
  importRecords(
    lines: AsyncIterable<string>,
    tell: (count: ImportCount) => void,
    options?: ImportOptions,
  ): Promise<ImportCount>
  /** Records of a window as JSON lines, oldest first. */
  exportRecords(agent: string, window: Window): AsyncGenerator<string>
  /** The published history as OpenMetrics text. @throws {TidemarkError} `window_empty` */
  exportHistory(agent: string, window: Window, options: { step?: number; until?: number }): AsyncGenerator<string>
  /** Audits a verdict from what is stored. @throws {TidemarkError} `argument_invalid` */
  recompute(agent: string, slotAt?: number): Promise<Recomputation>
  agentsSeen(): Promise<readonly SeenAgent[]>
  /** What the newest calls of an agent are made of. */
  inspectTraffic(agent: string): Promise<Traffic>
  /** Deletes the records of a conversation or a user, or a frozen input. @throws {TidemarkError} `agent_unknown` */
  forget(agent: string, whose: ForgetRequest): Promise<ForgetCount>
  /**
   * Sends what is configured under `publish`: the state by OTLP, and what webhooks have not been told yet.
   * @throws {TidemarkError} `publish_failed` when the OTLP receiver took nothing
   */
  publish(): Promise<void>
  stop(): Promise<void>
}
