/** A pair counts as in use for so long after its last call, milliseconds. */
const IN_USE_MILLISECONDS = 15 * 60_000
/** Pairs that are reported; the one unused for longest leaves first. */
const MAXIMUM_PAIRS = 50

export interface AgentPair {
  readonly model: string
  readonly promptVersion: string
}

/** Which models and prompt versions answer at present: 1 for a pair in use, 0 for an earlier one. */
export interface AgentInfo {
  used(pair: AgentPair): void
  observations(): readonly (AgentPair & { readonly value: 0 | 1 })[]
}

export function createAgentInfo(now: () => number): AgentInfo {
  const pairs = new Map<string, AgentPair & { usedAt: number }>()
  let last: (AgentPair & { usedAt: number }) | undefined
  return {
    used(pair) {
      // most agents have one pair: no key is built for it
      if (last?.model === pair.model && last.promptVersion === pair.promptVersion) {
        last.usedAt = now()
        return
      }
      const key = `${pair.model}\n${pair.promptVersion}`
      const known = pairs.get(key)
      if (known !== undefined) {
        known.usedAt = now()
        last = known
        return
      }
      if (pairs.size >= MAXIMUM_PAIRS) {
        const [oldest] = [...pairs].toSorted(([, a], [, b]) => a.usedAt - b.usedAt)
        if (oldest !== undefined) pairs.delete(oldest[0])
      }
      last = { ...pair, usedAt: now() }
      pairs.set(key, last)
    },
    observations() {
      return [...pairs.values()].map(({ model, promptVersion, usedAt }) => ({
        model,
        promptVersion,
        value: now() - usedAt <= IN_USE_MILLISECONDS ? 1 : 0,
      }))
    },
  }
}
