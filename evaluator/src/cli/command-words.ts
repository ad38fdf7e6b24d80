import type { Command } from 'commander'

/** A command as people type it, without the program: `baseline freeze`. */
export function commandWords(command: Command): string {
  const above = command.parent
  return above === null || above.parent === null ? command.name() : `${commandWords(above)} ${command.name()}`
}
