import { TidemarkError } from '../domain/errors.ts'
import type { Forgotten } from '../service/store-care.ts'
import { EXIT, type ExitCode } from './exit-code.ts'
import { withService, type CommonOptions } from './open-service.ts'
import { createTerminal } from './terminal.ts'

export type ForgetOptions = CommonOptions & {
  readonly agent: string
  readonly conversation?: string
  readonly user?: string
}

/** Deletes the records of one conversation, or of one user. */
export async function forgetCommand(options: ForgetOptions): Promise<ExitCode> {
  const terminal = createTerminal(options.json ?? false)
  const whose = whoseOf(options)
  const count = await withService(options, (service) => service.forget(options.agent, whose))
  terminal.json(count)
  terminal.line(
    `${count.calls} calls, ${count.validations} validations, ${count.decisions} decisions and ${count.reviewItems} cases for review deleted.`,
  )
  return EXIT.good
}

function whoseOf({ conversation, user }: ForgetOptions): Forgotten {
  if (conversation !== undefined && user === undefined) return { conversation }
  if (user !== undefined && conversation === undefined) return { user }
  throw new TidemarkError(
    'argument_invalid',
    conversation === undefined ? 'Nobody to forget was named.' : 'Both a conversation and a user were named.',
    'Give either --conversation ID or --user HASH, the value of tidemark.user.hash.',
  )
}
