import { z } from 'zod'

const SIDE_EFFECTS =
  'frozen inputs are sent to this target every day. Write "sideEffects: none" if its tools change nothing outside for calls that carry tidemark.origin, or leave the target out'

/** The production agent as something that can be asked, by replays of frozen inputs. */
export const targetSettings = z
  .strictObject({
    /** Takes `POST` of `{ id, input, segment, run }`. */
    url: z
      .string()
      .regex(/^https?:\/\//u, 'use http://HOST/PATH or https://HOST/PATH')
      .optional(),
    /** A module that exports an async function, `./agent.ts` or `./agent.ts#name`. */
    module: z.string().min(1).optional(),
    command: z.string().min(1).optional(),
    sideEffects: z.literal('none', { error: SIDE_EFFECTS }),
    /** Frozen inputs a day; 0 switches replay off. */
    sentinelPerDay: z.number().int().min(0).max(2000).default(50),
    concurrency: z.number().int().min(1).max(32).default(4),
    /** Of one call; an answer that comes later is missing. */
    timeoutSeconds: z.number().positive().max(3600).default(120),
    /** US dollars a day; without it the number of inputs is the limit. Needs a target that says what it costs. */
    dailyBudgetUsd: z.number().positive().optional(),
  })
  .refine(({ url, module, command }) => [url, module, command].filter((one) => one !== undefined).length === 1, {
    error: 'give exactly one of url, module and command',
  })

export type TargetSettings = z.infer<typeof targetSettings>

/** The target in the words of `openTarget`. */
export function targetText({ url, module, command }: TargetSettings): string {
  return url ?? module ?? command ?? ''
}

/** A module's path is relative to the file that names it. */
export function resolveTarget(settings: TargetSettings, resolve: (path: string) => string): TargetSettings {
  if (settings.module === undefined) return settings
  const [path = '', name] = settings.module.split('#')
  return { ...settings, module: name === undefined ? resolve(path) : `${resolve(path)}#${name}` }
}
