import { isIPv4, isIPv6 } from 'node:net'

/** Whether a host to listen on, or the host a request was sent to, can only mean this machine. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[(.*)\]$/u, '$1').toLowerCase()
  if (name === 'localhost' || name.endsWith('.localhost')) return true
  if (isIPv4(name)) return name.startsWith('127.')
  return isIPv6(name) && (name === '::1' || /^(?:0+:){7}0*1$/u.test(name))
}
