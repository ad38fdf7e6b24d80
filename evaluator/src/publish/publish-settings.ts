import { z } from 'zod'

/** An http(s) address without a password. */
export const httpAddress = z
  .string()
  .refine((text) => URL.canParse(text) && /^https?:$/u.test(new URL(text).protocol), {
    error: (issue) => `${withoutCredentials(String(issue.input))} is no http(s) address, such as http://127.0.0.1:4318`,
  })
  .refine((text) => !URL.canParse(text) || new URL(text).password === '', {
    error: 'an address must not carry a password; give it as a header or a secret from a file',
  })

/** A secret stands in a file, or, where the configuration itself is one, in place. */
const secret = z
  .strictObject({ file: z.string().min(1).optional(), value: z.string().min(1).optional() })
  .refine((entry) => (entry.file === undefined) !== (entry.value === undefined), 'give either file or value')

const headers = z.record(z.string().regex(/^[\w!#$%&'*+.^`|~-]+$/u, 'is no header name'), secret).default({})

/** What a webhook can be told of. */
export const WEBHOOK_EVENTS = ['verdict.changed', 'incident.changed'] as const
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number]

const webhook = z.strictObject({
  url: httpAddress,
  /** Key of the signature, at least 24 characters. */
  secret,
  agents: z.array(z.string().min(1)).min(1).default(['*']),
  events: z
    .array(z.enum(WEBHOOK_EVENTS))
    .min(1)
    .default([...WEBHOOK_EVENTS]),
})

export const publishSettings = z
  .strictObject({
    /** Where people reach this evaluator; links in webhooks start with it. */
    url: httpAddress.optional(),
    otlp: z
      .strictObject({ endpoint: httpAddress, headers, intervalSeconds: z.number().min(1).max(3600).default(60) })
      .optional(),
    /** Every score of a sampled call as an event on its trace. */
    evaluationResults: z.strictObject({ endpoint: httpAddress, headers }).optional(),
    webhooks: z
      .array(webhook)
      .max(16)
      .refine((all) => new Set(all.map(({ url }) => url)).size === all.length, 'two webhooks have the same url')
      .default([]),
  })
  .prefault({})

export type PublishSettings = z.infer<typeof publishSettings>
export type WebhookSettings = z.infer<typeof webhook>
export type SecretSettings = z.infer<typeof secret>

function withoutCredentials(text: string): string {
  return text.replace(/\/\/[^/@]*@/u, '//***@')
}
