/** The databases a store can live in. */
export const ENGINES = ['sqlite', 'postgres'] as const
export type Engine = (typeof ENGINES)[number]

/** Engine of `sqlite:PATH`, `postgres://…` or `postgresql://…`; undefined for anything else. */
export function engineOfUrl(url: string): Engine | undefined {
  if (url.startsWith('sqlite:') && url.length > 'sqlite:'.length) return 'sqlite'
  return /^postgres(?:ql)?:\/\/./u.test(url) && URL.canParse(url) ? 'postgres' : undefined
}

/** The path in `sqlite:PATH`. */
export function sqlitePath(url: string): string {
  return url.slice('sqlite:'.length)
}

/** The address without its password, for terminals and logs. */
export function maskedStoreUrl(url: string): string {
  if (engineOfUrl(url) !== 'postgres') return url
  const address = new URL(url)
  if (address.password !== '') address.password = '***'
  if (address.searchParams.has('password')) address.searchParams.set('password', '***')
  return address.href
}
