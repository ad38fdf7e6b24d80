import { BlockList, isIPv4 } from 'node:net'
import { addressRange, type Role, type SignInSettings } from './access-settings.ts'

/** A person whom the proxy in front has signed in. */
export type SignedIn = { readonly name: string; readonly roles: readonly Role[]; readonly agents: readonly string[] }

/**
 * Reads who signed in at the proxy. The header is believed on connections from the proxy's own addresses alone: anybody
 * else can write it. A name that the configuration does not list is nobody.
 */
export type ProxySignIn = (
  header: (name: string) => string | undefined,
  remoteAddress: string | undefined,
) => SignedIn | undefined

export function proxySignIn(settings: SignInSettings | undefined): ProxySignIn {
  if (settings === undefined) return () => undefined
  const proxies = new BlockList()
  for (const text of settings.proxies) {
    const range = addressRange(text)
    if (range !== undefined) proxies.addSubnet(range.address, range.prefix, range.family)
  }
  return (header, remoteAddress) => {
    if (remoteAddress === undefined || !isListed(proxies, remoteAddress)) return undefined
    const name = header(settings.header)?.trim()
    return settings.users.find((user) => user.name === name)
  }
}

function isListed(proxies: BlockList, remoteAddress: string): boolean {
  // a socket that takes both families shows IPv4 addresses mapped into IPv6
  const address = remoteAddress.replace(/^::ffff:(?=\d+\.)/iu, '')
  return proxies.check(address, isIPv4(address) ? 'ipv4' : 'ipv6')
}
