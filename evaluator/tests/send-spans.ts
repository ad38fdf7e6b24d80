/** Identifier of the span with a number. */
export function spanId(number: number): string {
  return number.toString(16).padStart(16, '0')
}

/** The answer to a request of one call for each identifier: null when none arrived. */
export type Sent = { readonly status: number; readonly code: string | undefined; readonly retryAfter: string | null }

/** Sends calls of agent `triage` that took place now; `content` makes them as large as it is long. */
export async function sendSpans(url: string, ids: readonly string[], content = ''): Promise<Sent | null> {
  try {
    const response = await fetch(`${url}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(tracesOf(ids, content)),
    })
    const body = (await response.json()) as { error?: { code: string } }
    return { status: response.status, code: body.error?.code, retryAfter: response.headers.get('retry-after') }
  } catch {
    return null
  }
}

function tracesOf(ids: readonly string[], content: string): unknown {
  const now = BigInt(Date.now()) * 1_000_000n
  const attributes = [
    { key: 'gen_ai.operation.name', value: { stringValue: 'chat' } },
    { key: 'gen_ai.agent.name', value: { stringValue: 'triage' } },
    { key: 'gen_ai.prompt.name', value: { stringValue: `triage${content}` } },
  ]
  const spans = ids.map((id) => ({
    traceId: id.padStart(32, '1'),
    spanId: id,
    name: 'chat m-4',
    kind: 3,
    startTimeUnixNano: String(now),
    endTimeUnixNano: String(now + 800_000_000n),
    attributes,
  }))
  return { resourceSpans: [{ resource: { attributes: [] }, scopeSpans: [{ scope: { name: 'test' }, spans }] }] }
}
