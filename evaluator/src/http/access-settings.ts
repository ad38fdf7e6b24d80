import { isIP } from 'node:net'
import { z } from 'zod'

/** What a caller may do: `ingest` writes telemetry, `read` sees results, `review` the queue, `admin` decides. */
export const ROLES = ['ingest', 'read', 'review', 'admin'] as const
export type Role = (typeof ROLES)[number]

const agents = z.array(z.string().min(1)).min(1).default(['*'])
const personName = z.string().trim().min(1).max(128)

const token = z
  .strictObject({
    file: z.string().min(1).optional(),
    value: z.string().min(8, 'a token needs at least 8 characters').optional(),
    agents,
    /** Whose token it is: a personal one signs what is done with it. */
    name: personName.optional(),
  })
  .refine((entry) => (entry.file === undefined) !== (entry.value === undefined), 'give either file or value')

export const tokensSettings = z
  .strictObject({
    ingest: z.array(token).default([]),
    read: z.array(token).default([]),
    review: z.array(token).default([]),
    admin: z.array(token).default([]),
  })
  .prefault({})

const proxy = z.string().refine((text) => addressRange(text) !== undefined, {
  error: (issue) => `${String(issue.input)} is no address and no range of addresses, such as 10.0.0.5 or 10.0.0.0/8`,
})

/** People whom a proxy in front has signed in; what the header says counts only on connections from the proxy. */
export const signInSettings = z.strictObject({
  proxies: z.array(proxy).min(1),
  header: z
    .string()
    .regex(/^[a-z0-9-]+$/iu, 'is no header name')
    .default('x-forwarded-user'),
  users: z
    .array(z.strictObject({ name: personName, roles: z.array(z.enum(ROLES)).min(1), agents }))
    .min(1)
    .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, 'two users have the same name'),
})

export type TokenSettings = z.infer<typeof token>
export type TokensSettings = z.infer<typeof tokensSettings>
export type SignInSettings = z.infer<typeof signInSettings>

/** An address, or a range in CIDR notation; undefined for anything else. */
export function addressRange(
  text: string,
): { readonly address: string; readonly prefix: number; readonly family: 'ipv4' | 'ipv6' } | undefined {
  const [address = '', bits] = text.split('/')
  const version = isIP(address)
  if (version === 0 || text.split('/').length > 2) return undefined
  const most = version === 4 ? 32 : 128
  if (bits !== undefined && (!/^\d{1,3}$/u.test(bits) || Number(bits) > most)) return undefined
  return { address, prefix: bits === undefined ? most : Number(bits), family: version === 4 ? 'ipv4' : 'ipv6' }
}
