import type { Configuration } from './config.ts'

const MASK = '***'
/** Keys that hold a secret wherever they stand. */
const SECRET_KEYS = new Set(['value'])

/** A configuration that may be shown: secrets, passwords in addresses and the paths of webhooks are hidden. */
export function maskedConfiguration(config: Configuration): unknown {
  const { publish } = config
  const webhooks = publish.webhooks.map((webhook) => ({ ...webhook, url: maskedPath(webhook.url) }))
  return masked({ ...config, publish: { ...publish, webhooks } })
}

function masked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => masked(item))
  if (typeof value === 'string') return maskedAddress(value)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [
      key,
      SECRET_KEYS.has(key) && typeof child === 'string' ? MASK : masked(child),
    ]),
  )
}

/** User, password and query of an address may be secrets; a file or a word stays as it is. */
function maskedAddress(text: string): string {
  if (!/^[a-z][a-z0-9+.-]*:\/\//iu.test(text) || !URL.canParse(text)) return text
  const url = new URL(text)
  if (url.password !== '') url.password = MASK
  for (const name of url.searchParams.keys()) url.searchParams.set(name, MASK)
  return url.href === new URL(text).href ? text : url.href
}

/** Who knows the path of a chat's webhook can write into the chat. */
function maskedPath(text: string): string {
  const { origin, pathname } = new URL(text)
  return pathname === '/' ? text : `${origin}/${MASK}`
}
