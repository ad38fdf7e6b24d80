import type { Later } from './later.ts'
import type { Outbox, OutboxSettings } from './outbox.ts'
import type { HashText } from './text-hash.ts'

/** What differs between Node and an edge runtime. */
export interface Runtime {
  /** An environment variable. */
  readonly variable: (name: string) => string | undefined
  readonly createTextHash: (key: () => string) => HashText
  readonly later: Later
  /** `undefined` where there is no disk. */
  readonly disk: Disk | undefined
}

export interface Disk {
  readonly createOutbox: (settings: OutboxSettings) => Outbox
  /** The folder of the key that goes with an outbox. */
  readonly besideOutbox: (folder: string) => string
  readonly sharedKey: (folder: string) => string
}
