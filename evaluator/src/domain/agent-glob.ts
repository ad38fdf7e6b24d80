/** Whether a pattern names an agent: `*` stands for any text, everything else for itself. */
export function matchesGlob(pattern: string, agent: string): boolean {
  const parts = pattern.split('*')
  const first = parts[0] ?? ''
  const last = parts.at(-1) ?? ''
  if (parts.length === 1) return agent === pattern
  if (!agent.startsWith(first) || agent.length < first.length + last.length || !agent.endsWith(last)) return false
  const end = agent.length - last.length
  let at = first.length
  for (const part of parts.slice(1, -1)) {
    const found = agent.indexOf(part, at)
    if (found === -1 || found + part.length > end) return false
    at = found + part.length
  }
  return true
}
