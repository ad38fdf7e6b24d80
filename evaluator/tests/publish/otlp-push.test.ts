import { AGENT_LABEL, EVALUATOR_METRIC } from '@tidemark/instrumentation/semconv'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parseExposition } from '../http/exposition.ts'
import { liveThrough, serviceOnDisk, withBaseline, type ServiceOnDisk } from '../service/service-on-disk.ts'
import { startReceiver, type Receiver } from './receiver.ts'

let receiver: Receiver
let disk: ServiceOnDisk

beforeEach(async () => {
  receiver = await startReceiver()
  disk = serviceOnDisk({
    publish: {
      otlp: { endpoint: receiver.url, headers: { 'x-scope-orgid': { value: 'tenant' } }, intervalSeconds: 3600 },
    },
  })
})

afterEach(async () => {
  await disk.remove()
  await receiver.stop()
})

describe('the push', () => {
  test('carries the same values under the same names and labels as the page that is scraped', async () => {
    const service = await disk.open()
    await withBaseline(disk, service)
    await liveThrough(disk, service, 1, { calls: 100, invalidEvery: 25 })
    await service.runDue(disk.now)
    await service.publish()
    const [request] = receiver.received
    expect(request?.path).toBe('/v1/metrics')
    expect(request?.headers['x-scope-orgid']).toBe('tenant')
    const pushed = pointsOf(request?.body ?? Buffer.alloc(0))
    const scraped = parseExposition((await service.metrics()).body).samples
    expect(scraped.length).toBeGreaterThan(100)
    expect(pushed.map(identity).toSorted()).toEqual(scraped.map(identity).toSorted())
    expect(pushed.some(({ labels }) => labels[AGENT_LABEL] === 'triage')).toBe(true)
  })

  test('fails aloud when the receiver refuses, and the next one carries the newest results', async () => {
    const service = await disk.open()
    await withBaseline(disk, service)
    receiver.status = 400
    await expect(service.publish()).rejects.toMatchObject({ code: 'publish_failed' })
    receiver.status = 200
    await liveThrough(disk, service, 1, { calls: 100, invalidEvery: 25 })
    await service.runDue(disk.now)
    await service.publish()
    const points = pointsOf(receiver.received.at(-1)?.body ?? Buffer.alloc(0))
    const stable = points.find(
      ({ name, labels }) => name === EVALUATOR_METRIC.driftVerdict.name && labels['verdict'] === 'stable',
    )
    expect(stable?.value).toBe(1)
  })
})

type Point = { readonly name: string; readonly labels: Readonly<Record<string, string>>; readonly value: number }

/** Everything but the size of the store, which grows between two readings, and the age of the oldest item. */
function identity({ name, labels, value }: Point): string {
  const isMoving = name === EVALUATOR_METRIC.storeBytes.name
  const sorted = Object.entries(labels).toSorted(([a], [b]) => a.localeCompare(b))
  return JSON.stringify([name, sorted, isMoving ? null : value])
}

function pointsOf(body: Buffer): Point[] {
  const request = JSON.parse(body.toString('utf8')) as OtlpMetrics
  return request.resourceMetrics
    .flatMap(({ scopeMetrics }) => scopeMetrics)
    .flatMap(({ metrics }) => metrics)
    .flatMap(({ name, gauge, sum }) =>
      (gauge ?? sum ?? { dataPoints: [] }).dataPoints.map(({ attributes, asDouble, asInt }) => ({
        name,
        labels: Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue])),
        value: Number(asDouble ?? asInt),
      })),
    )
}

type OtlpPoints = {
  readonly dataPoints: readonly {
    readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue: string } }[]
    readonly asDouble?: number
    readonly asInt?: number | string
  }[]
}

type OtlpMetrics = {
  readonly resourceMetrics: readonly {
    readonly scopeMetrics: readonly {
      readonly metrics: readonly { readonly name: string; readonly gauge?: OtlpPoints; readonly sum?: OtlpPoints }[]
    }[]
  }[]
}
