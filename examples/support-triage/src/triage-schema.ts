import { z } from 'zod'

export const CATEGORIES = ['billing', 'refund', 'delivery', 'account', 'technical', 'cancellation', 'other'] as const
export const PRIORITIES = ['low', 'normal', 'high', 'urgent'] as const

/** What the model has to answer: the contract of an automatic decision. */
export const triageSchema = z
  .strictObject({
    category: z.enum(CATEGORIES),
    priority: z.enum(PRIORITIES),
    /** One English sentence for the person who works on the ticket. */
    summary: z.string().min(1).max(300),
    /** How sure the model is of the category, 0 to 1. */
    confidence: z.number().min(0).max(1),
  })
  .meta({ title: 'triage' })

export type Triage = z.output<typeof triageSchema>
