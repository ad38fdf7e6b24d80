import { TidemarkError } from '../domain/errors.ts'
import type { ForgetRequest } from '../service/forget-texts.ts'
import { EXIT, type ExitCode } from './exit-code.ts'
import { withService, type CommonOptions } from './open-service.ts'
import { createTerminal } from './terminal.ts'

export type ForgetOptions = CommonOptions & {
  readonly agent: string
  readonly conversation?: string
  readonly user?: string
  readonly example?: string
}

/** Deletes the records of one conversation or of one user, or the text of one frozen input. */
export async function forgetCommand(options: ForgetOptions): Promise<ExitCode> {
  const terminal = createTerminal(options.json ?? false)
  const whose = whoseOf(options)
  const count = await withService(options, (service) => service.forget(options.agent, whose))
  terminal.json(count)
  terminal.line(
    `${count.calls} calls, ${count.validations} validations, ${count.decisions} decisions and ${count.reviewItems} cases for review deleted, ${count.frozenInputs} frozen inputs emptied.`,
  )
  return EXIT.good
}

function whoseOf({ conversation, user, example }: ForgetOptions): ForgetRequest {
  const named = [
    ...(conversation === undefined ? [] : [{ conversation }]),
    ...(user === undefined ? [] : [{ user }]),
    ...(example === undefined ? [] : [{ example }]),
  ]
  const [whose] = named
  if (whose !== undefined && named.length === 1) return whose
  throw new TidemarkError(
    'argument_invalid',
    whose === undefined ? 'Nobody to forget was named.' : 'More than one of conversation, user and example was named.',
    'Give one of --conversation ID, --user HASH (the value of tidemark.user.hash) and --example ID.',
  )
}
