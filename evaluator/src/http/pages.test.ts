import { VERDICTS } from '@tidemark/instrumentation/semconv'
import { describe, expect, test } from 'vitest'
import { exampleApp, NOW } from '../../tests/http/example-app.ts'
import { exampleAgreement, exampleJudges } from '../../tests/http/state-fixture.ts'
import { storedService, type Stored } from '../../tests/http/stored-service.ts'
import {
  DAY,
  exampleHistory,
  exampleIncident,
  exampleRecord,
  exampleVerdict,
  slotOfDay,
} from '../../tests/http/verdict-fixture.ts'
import type { VerdictRecord } from '../domain/verdict.ts'

const HOSTILE = `</pre><script>alert("1")</script><img src=x onerror='alert(2)'>\u202Egnp.exe\u0000`

describe('the verdict page', () => {
  test('answers what changed, since when, how bad and why before anything else', async () => {
    const page = await pageOf('/agents/support-triage/verdict')
    const text = textOf(page.slice(page.indexOf('<main'), page.indexOf('id="next"')))
    for (const fact of [
      'Drift',
      '94.8 % → 61.0 % (worse)',
      'shape: JSON inside a code fence 2.8 % → 38.1 %',
      'Since when 30 Sep 2026',
      'between 29 Sep 2026 and 30 Sep 2026',
      'Page: ▲ reached evidence 2.6 × 10⁶, alarms at 366',
      'Incident open',
      'Model, 93.0 % likely: gpt-4o-2024-05-13 to gpt-4o-2024-08-06',
    ])
      expect(text).toContain(fact)
  })

  test('shows baseline and now of each score with interval and number of records', async () => {
    const text = textOf(await pageOf('/agents/support-triage/verdict'))
    expect(text).toContain('94.8 % 91.3 % to 96.9 % 250 records 61.0 % 52.0 % to 69.4 % 118 records')
    expect(text).toContain('▲ worse −33.8 points (tolerance 3 points)')
    expect(text).toContain('json_fenced JSON inside a code fence 2.8 % 38.1 % +35.3')
  })

  test('draws evidence over the runs and gives the same as text and as a table', async () => {
    const page = await pageOf('/agents/support-triage/verdict')
    expect(page.match(/<svg\s+class="chart"/gu)).toHaveLength(2)
    expect(page).toContain('Newest run: page evidence 2.6 × 10⁶ against its threshold 366; ticket')
    expect(page.match(/href="\/agents\/support-triage\/verdict\?slot=\d+">\d+ \w+ 2026<\/a><\/th>/gu)).toHaveLength(33)
    expect(textOf(page)).toContain('Model: gpt-4o-2024-05-13 → gpt-4o-2024-08-06, first seen 30 Sep 2026')
  })

  test('puts examples with the same input side by side, and says when there is no text', async () => {
    const text = textOf(await pageOf('/agents/support-triage/verdict'))
    expect(text.match(/The same input, then and now/gu)).toHaveLength(2)
    expect(text).toContain('malformed JSON $:invalid_json')
    expect(text).toContain('The agent sends no text')
  })

  test('of an old slot shows that day and the way to the next and the newest', async () => {
    const page = await pageOf(`/agents/support-triage/verdict?slot=${slotOfDay(12)}`)
    const text = textOf(page)
    expect(text).toContain('Stable')
    expect(text).toContain('← 11 Sep 2026 Run of 12 Sep 2026, 08:00 UTC 13 Sep 2026 → newest')
    expect(text).toContain('The same as a table: 12 runs')
    expect(text).not.toContain('This is old')
  })

  test('tells how much of a movement is a new mix, and which segment moved for itself', async () => {
    const text = textOf(await pageOf('/agents/support-triage/verdict', {}, { verdicts: [exampleVerdict()] }))
    expect(text).toContain('over the 3 runs since 1 Oct 2026')
    expect(text).toMatch(/valid −33\.8 points −0\.4 points −1\.4 points to \+0\.6 points −33 points/u)
    expect(text).toContain('chat / refund valid 94.3 % 105 records 41.0 % 46 records')
    expect(text).toMatch(/The last 30 runs against the frozen baseline itself, with 95\.0 % intervals/u)
  })

  test('names a slow drift where the comparison with the frozen baseline opened the ticket', async () => {
    const [comparison] = exampleVerdict().frozenComparisons
    if (comparison === undefined) throw new Error('the fixture has no comparison')
    const frozenComparisons = [{ ...comparison, low: -0.07, high: -0.03, opensTicket: true }]
    const page = await pageOf(
      '/agents/support-triage/verdict',
      {},
      { verdicts: [exampleVerdict({ frozenComparisons })] },
    )
    expect(textOf(page)).toContain('−7 points to −3 points 30 runs 2 points ▲ slow drift')
  })

  test('says of tied causes that time alone cannot tell them apart', async () => {
    const causes = (['6', '7'] as const).map((change) => ({
      kind: 'prompt' as const,
      change,
      probability: 0.5,
      tied: true,
    }))
    const page = await pageOf('/agents/support-triage/verdict', {}, { verdicts: [exampleVerdict({ causes })] })
    expect(textOf(page).match(/came within 3 runs of another change/gu)).toHaveLength(2)
  })

  test('lists scores that are not compared, with the reason of each, and nothing where all are', async () => {
    const uncompared = [
      { score: 'tone', reason: 'other_version' },
      { score: '<b>gone', reason: 'not_configured' },
      { score: 'fresh', reason: 'not_in_baseline' },
    ] as const
    const page = await pageOf('/agents/support-triage/verdict', {}, { verdicts: [exampleVerdict({ uncompared })] })
    const text = textOf(page)
    expect(text).toContain('tone is scored another way than in the baseline')
    expect(page).toContain('&lt;b&gt;gone')
    expect(text).toContain('fresh is new: no baseline has it yet')
    expect(await pageOf('/agents/support-triage/verdict')).not.toContain('id="uncompared"')
  })

  test('shows each judge on its anchors, its agreement with people, and warns of fewer than 50 anchors', async () => {
    const known = exampleJudges(['helpfulness', 'tone'])
    const judge = {
      ...known,
      shifts: known.shifts.map((shift) => ({ ...shift, frozenAnchors: shift.score === 'tone' ? 32 : 50 })),
    }
    const judgeAgreement = [exampleAgreement('helpfulness'), { ...exampleAgreement('tone'), kappa: null }]
    const verdicts = [exampleVerdict({ judge, judgeAgreement })]
    const text = textOf(await pageOf('/agents/support-triage/verdict', {}, { verdicts }))
    expect(text.match(/Few anchors\./gu)).toHaveLength(1)
    expect(text).toContain('The judge of tone has 32 of 50: a small change of it is seen late.')
    expect(text).toContain('helpfulness 50 0.80 0.80 0.4, alarms at 31')
    expect(text).toContain('helpfulness 60 0.62 20.0 % 70.0 % 95.0 %')
    expect(text).toContain('tone 60 undefined')
    expect(await pageOf('/agents/support-triage/verdict')).not.toContain('id="judges"')
  })

  test('says so when runs are missing', async () => {
    const page = await pageOf('/agents/support-triage/verdict', { now: () => NOW + 3 * DAY })
    expect(textOf(page)).toContain('This is old. The last run was 3 days ago, although one is due every 24 h.')
  })

  test('gives the step that an incident allows', async () => {
    expect(await stepsWith('open')).toEqual(['"action":"acknowledge"', '"action":"fixed"'])
    expect(await stepsWith('acknowledged')).toEqual(['"action":"fixed"'])
    expect(await stepsWith('fixed')).toBeNull()
  })

  test.each(VERDICTS)('for %s has a title, one main heading, something to do, and each id once', async (verdict) => {
    const page = await pageOf('/agents/support-triage/verdict', {}, { verdicts: [exampleVerdict({ verdict })] })
    expect(page).toMatch(/<title>[^<]+: support-triage – Tidemark<\/title>/u)
    expect(page.match(/<h1>/gu)).toHaveLength(1)
    expect(page).toMatch(/<ol class="steps">\s*<li>/u)
    const ids = [...page.matchAll(/ id="([^"]+)"/gu)].map(([, id]) => id)
    expect(new Set(ids).size).toBe(ids.length)
    for (const [, target] of page.matchAll(/href="#([^"]+)"/gu)) expect(ids).toContain(target)
    expect(page.match(/<table[^>]*>(?!\s*<caption)/gu)).toBeNull()
    expect(page).not.toMatch(/<script|style=|undefined|NaN|\[object/u)
  })

  test('of a first, empty run has no chart and no table without rows', async () => {
    const empty: Partial<VerdictRecord> = {
      verdict: 'no_baseline',
      detectors: [],
      scores: [],
      segments: [],
      segmentFindings: [],
      attribution: [],
      frozenComparisons: [],
      causes: [],
      changes: [],
      onset: null,
      incident: null,
      baseline: null,
      examples: { about: '', baseline: [], current: [] },
    }
    const page = await pageOf('/agents/support-triage/verdict', {}, { verdicts: [exampleVerdict(empty)] })
    expect(page).not.toMatch(/<table|<svg/u)
    expect(textOf(page)).toContain('tidemark baseline freeze --agent support-triage')
  })
})

describe('hostile text', () => {
  test('anywhere in a verdict stays text, with its controls written out', async () => {
    const example = exampleRecord({
      output: HOSTILE,
      input: HOSTILE,
      responseModel: HOSTILE,
      promptVersion: HOSTILE,
      segment: HOSTILE,
      issues: [HOSTILE],
      traceId: HOSTILE,
    })
    const scores = exampleVerdict().scores.map((score) =>
      score.kind === 'categorical'
        ? Object.assign({}, score, { name: HOSTILE, current: { ...score.current, shares: { [HOSTILE]: 1 } } })
        : Object.assign({}, score, { unit: HOSTILE }),
    )
    const record = exampleVerdict({
      agent: HOSTILE,
      summary: HOSTILE,
      scores,
      segments: [{ segment: HOSTILE, baseline: 0.5, current: 0.5 }],
      segmentFindings: exampleVerdict().segmentFindings.map((finding) => ({ ...finding, segment: HOSTILE })),
      attribution: exampleVerdict().attribution.map((one) => ({
        ...one,
        category: HOSTILE,
        segments: [{ segment: HOSTILE, mix: 0.1, within: 0.1 }],
      })),
      frozenComparisons: exampleVerdict().frozenComparisons.map((one) => ({ ...one, category: HOSTILE })),
      causes: [{ kind: 'prompt', change: HOSTILE, probability: 1, tied: false }],
      changes: [{ kind: 'prompt', from: HOSTILE, value: HOSTILE, slotAt: slotOfDay(33), at: slotOfDay(33) }],
      excluded: { [HOSTILE]: 1 },
      baseline: { id: HOSTILE, version: 1 },
      examples: { about: HOSTILE, baseline: [example], current: [example] },
      incident: { id: HOSTILE, severity: 'page', openedSlotAt: slotOfDay(31) },
    })
    const incidents = [exampleIncident({ id: HOSTILE, agent: HOSTILE, by: HOSTILE })]
    const path = `/agents/${encodeURIComponent(HOSTILE)}/verdict`
    const agents = [{ agent: HOSTILE, lastSeenAt: NOW, calls: 1, openReviewItems: 0 }]
    for (const page of [
      await pageOf(path, {}, { verdicts: [record], incidents }),
      await pageOf('/', {}, { verdicts: [record], agents }),
    ]) {
      expect(page).not.toMatch(/<script|<img|\u202E/u)
      expect(page).not.toContain('\u0000')
      expect(page).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;')
      expect(page).toContain('⟨U+202E⟩gnp.exe⟨U+0000⟩')
    }
  })

  test('in an address that is not there stays text in the page of the error', async () => {
    const { app } = exampleApp()
    const path = `/agents/${encodeURIComponent(HOSTILE)}/verdict`
    const page = await (await app.request(path, { headers: { accept: 'text/html' } })).text()
    expect(page).not.toMatch(/<script|<img|\u202E/u)
  })

  test('in a name cannot become a command when the step is pasted into a shell', async () => {
    const agent = `a'; rm -rf "$HOME" #`
    const verdicts = [exampleVerdict({ agent, verdict: 'no_baseline' })]
    const text = textOf(await pageOf(`/agents/${encodeURIComponent(agent)}/verdict`, {}, { verdicts }))
    expect(text).toContain(String.raw`--agent 'a'\''; rm -rf "$HOME" #'`)
  })

  test('of a megabyte is cut, and the page says how much of it is missing', async () => {
    const example = exampleRecord({ output: 'x'.repeat(1024 * 1024) })
    const verdicts = [exampleVerdict({ examples: { about: 'valid', baseline: [], current: [example] } })]
    const page = await pageOf('/agents/support-triage/verdict', {}, { verdicts })
    expect(page.length).toBeLessThan(100_000)
    expect(textOf(page)).toContain('1,046,576 of 1,048,576 characters are not shown.')
  })
})

describe('the fleet page', () => {
  test('puts what needs a look first and links to why', async () => {
    const agents = ['calm', 'drifting', 'silent'].map((agent) => ({
      agent,
      lastSeenAt: NOW,
      calls: 2,
      openReviewItems: 1,
    }))
    const verdicts = [exampleVerdict({ agent: 'calm', day: 20 }), exampleVerdict({ agent: 'drifting' })]
    const page = await pageOf('/', {}, { agents, verdicts })
    expect(textOf(page)).toContain('3 agents: 1 drift, 1 stable.')
    expect([...page.matchAll(/<bdi>(\w+)<\/bdi>/gu)].map(([, agent]) => agent)).toEqual(['drifting', 'calm', 'silent'])
    expect(page).toContain('href="/agents/drifting/verdict"')
    expect(textOf(page)).toContain('not evaluated yet')
    expect(textOf(page)).toContain('▲ overdue')
  })

  test('without any agent says how to send the first trace', async () => {
    expect(textOf(await pageOf('/', {}, {}))).toContain('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://localhost/v1/traces')
  })
})

async function stepsWith(state: 'open' | 'acknowledged' | 'fixed') {
  const stored = { verdicts: exampleHistory(33), incidents: [exampleIncident({ state })] }
  return textOf(await pageOf('/agents/support-triage/verdict', {}, stored)).match(/"action":"\w+"/gu)
}

async function pageOf(
  path: string,
  options: { readonly now?: () => number } = {},
  stored: Stored = { verdicts: exampleHistory(33), incidents: [exampleIncident()] },
): Promise<string> {
  const { app } = exampleApp({ service: storedService(stored).service, ...options })
  const response = await app.request(path)
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toBe('text/html; charset=UTF-8')
  return response.text()
}

/** What a reader sees of a page: no markup, entities resolved, white space collapsed. */
function textOf(page: string): string {
  const entities: Record<string, string> = { '&lt;': '<', '&gt;': '>', '&amp;': '&', '&quot;': '"', '&#39;': "'" }
  return page
    .replaceAll(/<(?:br|\/?(?:p|td|th|tr|li|h\d|div|dt|dd|caption))\b[^>]*>/gu, ' ')
    .replaceAll(/<[^>]+>/gu, '')
    .replaceAll(/&(?:lt|gt|amp|quot|#39);/gu, (entity) => entities[entity] ?? entity)
    .replaceAll(/\s+/gu, ' ')
}

test('the verdict page has the pages of the year by how they ended, beside the budget', async () => {
  const { app } = exampleApp()
  const page = await (await app.request('/agents/support-triage/verdict')).text()
  expect(page).toMatch(/1 open, 2 false alarm; 1 held back by the mode; budget 1 false a year/u)
})
