/** Counts by agent and key since the process started. */
export type AgentCounter<Key extends string> = {
  add(agent: string, key: Key, count: number): void
  list(): { agent: string; key: Key; count: number }[]
}

export function agentCounter<Key extends string>(): AgentCounter<Key> {
  const counts = new Map<string, Map<Key, number>>()
  return {
    add(agent, key, count) {
      const ofAgent = counts.get(agent) ?? new Map<Key, number>()
      counts.set(agent, ofAgent)
      ofAgent.set(key, (ofAgent.get(key) ?? 0) + count)
    },
    list: () => [...counts].flatMap(([agent, ofAgent]) => [...ofAgent].map(([key, count]) => ({ agent, key, count }))),
  }
}
