import type { Command } from 'commander'
import { TidemarkError } from '../domain/errors.ts'
import { EXIT, type ExitCode } from './exit-code.ts'

export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

type Word = { readonly word: string; readonly description: string }
/** A command by its way from the program, such as `tidemark/baseline/freeze`, with what may follow it. */
type Place = { readonly path: string; readonly commands: readonly Word[]; readonly options: readonly Word[] }

/** Prints a script for a shell. @throws {TidemarkError} `argument_invalid` for another shell */
export async function printCompletion(program: Command, name: string): Promise<ExitCode> {
  const shell = SHELLS.find((one) => one === name)
  if (shell === undefined)
    throw new TidemarkError(
      'argument_invalid',
      `There is no completion for the shell "${name}".`,
      `Say one of ${SHELLS.join(', ')}, such as: tidemark completion bash > /etc/bash_completion.d/tidemark`,
    )
  process.stdout.write(completionScript(shell, program))
  return EXIT.good
}

/** The script that completes commands and options; values are left to the shell, which knows files. */
export function completionScript(shell: Shell, program: Command): string {
  const places = placesOf(program, program.name())
  switch (shell) {
    case 'bash':
      return bash(places)
    case 'zsh':
      return zsh(places)
    case 'fish':
      return fish(places)
  }
}

function placesOf(command: Command, path: string): Place[] {
  const commands = command.commands.map((one) => ({ word: one.name(), description: one.description() }))
  const options = command.options.map(({ long, description }) => ({ word: long ?? '', description }))
  const below = command.commands.flatMap((one) => placesOf(one, `${path}/${one.name()}`))
  return [{ path, commands, options: [...options, { word: '--help', description: 'what it does' }] }, ...below]
}

/** Shell lines that follow the words so far down to the command they name. */
function walk(places: readonly Place[], words: string): string {
  const known = places.slice(1).map(({ path }) => path)
  return `  local place=tidemark word
  for word in ${words}; do
    case "$place/$word" in
      ${known.join('|')}) place="$place/$word" ;;
    esac
  done`
}

function cases(places: readonly Place[], line: (words: string) => string): string {
  const all = places.map(({ path, commands, options }) => {
    const words = [...commands, ...options].map(({ word }) => word).join(' ')
    return `    ${path}) ${line(words)} ;;`
  })
  return `  case "$place" in\n${all.join('\n')}\n  esac`
}

function bash(places: readonly Place[]): string {
  return `# tidemark completion bash > /etc/bash_completion.d/tidemark
_tidemark() {
${walk(places, '"${COMP_WORDS[@]:1:COMP_CWORD-1}"')}
  local words=
${cases(places, (words) => `words="${words}"`)}
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _tidemark tidemark
`
}

function zsh(places: readonly Place[]): string {
  return `#compdef tidemark
# tidemark completion zsh > "\${fpath[1]}/_tidemark"
_tidemark() {
${walk(places, '"${(@)words[2,CURRENT-1]}"')}
${cases(places, (words) => `compadd -- ${words}`)}
  [[ $words[CURRENT] == -* ]] || _files
}
compdef _tidemark tidemark
`
}

function fish(places: readonly Place[]): string {
  const known = places.slice(1).map(({ path }) => path)
  const lines = places.flatMap(({ path, commands, options }) => {
    const where = `complete -c tidemark -n 'test (__tidemark_place) = ${path}'`
    return [
      ...commands.map((one) => `${where} -f -a ${one.word} -d ${quoted(one.description)}`),
      ...options.map((one) => `${where} -l ${one.word.slice(2)} -d ${quoted(one.description)}`),
    ]
  })
  return `# tidemark completion fish > ~/.config/fish/completions/tidemark.fish
function __tidemark_place
  set -l place tidemark
  for word in (commandline -opc)[2..]
    if contains -- $place/$word ${known.join(' ')}
      set place $place/$word
    end
  end
  echo $place
end
${lines.join('\n')}
`
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
