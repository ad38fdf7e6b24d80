const PROBE_TIMEOUT_MILLISECONDS = 3_000

/** What a server said, or why it said nothing. */
export type Answer =
  | { readonly reached: true; readonly status: number; readonly body: unknown; readonly serverTime: number | undefined }
  | { readonly reached: false; readonly why: string }

/** Asks a server once, for 3 s at most; a body that is no JSON is text. */
export async function probe(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  try {
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(PROBE_TIMEOUT_MILLISECONDS) })
    const text = await response.text()
    const date = Date.parse(response.headers.get('date') ?? '')
    return {
      reached: true,
      status: response.status,
      body: jsonOf(text),
      serverTime: Number.isNaN(date) ? undefined : date,
    }
  } catch (error) {
    return { reached: false, why: reasonOf(error) }
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  if (cause instanceof Error && 'code' in cause) return String(cause.code)
  return error instanceof Error ? error.message : String(error)
}
