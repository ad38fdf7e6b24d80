import { dirname } from 'node:path'
import { sharedKey } from './hash-key-file.ts'
import { createTextHash } from './keyed-hash.ts'
import { later } from './later.ts'
import type { TidemarkOptions } from './options.ts'
import { createOutbox } from './outbox.ts'
import { type Tidemark, wireTidemark } from './tidemark.ts'

/** Wires the parts of one agent's instrumentation. Wrong options throw `options_invalid`; nothing later throws for telemetry's sake. */
export function createTidemark(options: TidemarkOptions): Tidemark {
  return wireTidemark(options, {
    variable: (name) => process.env[name],
    createTextHash,
    later,
    disk: { createOutbox, besideOutbox: dirname, sharedKey },
  })
}
