import { EXIT, type ExitCode } from './exit-code.ts'
import { withService, type CommonOptions } from './open-service.ts'
import { createTerminal, table } from './terminal.ts'

export type AttributeOptions = CommonOptions & {
  readonly agent: string
  readonly change: readonly string[]
  readonly target: readonly string[]
  readonly score: string
}

/** Says what each of several simultaneous changes did to a score, by the frozen inputs. */
export async function attributeCommand(options: AttributeOptions): Promise<ExitCode> {
  const terminal = createTerminal(options.json ?? false)
  const { agent, change: changes, target: targets, score } = options
  const parts = await withService(options, (service) => service.attributeChanges({ agent, changes, targets, score }))
  terminal.json(parts)
  terminal.line(`${parts.score} moves by ${signed(parts.total)} with all changes, on ${parts.inputs} inputs.`)
  terminal.line(
    table([
      ['change', 'part', 'standard error'],
      ...parts.parts.map(({ change, mean, error }) => [change, signed(mean), error === null ? '–' : short(error)]),
    ]),
  )
  return EXIT.good
}

function signed(value: number): string {
  return value > 0 ? `+${short(value)}` : short(value)
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)))
}
