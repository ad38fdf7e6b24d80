import type { FastForwardEvent } from './fast-forward.ts'

/** Where text goes; a terminal gets a line that is written over, everything else plain lines. */
export type Screen = {
  write(text: string): void
  readonly isTerminal: boolean
  /** Characters in a line. */
  readonly columns: number
}

/** Days between two lines where no line can be written over. */
const PLAIN_INTERVAL = 10

/** Tells the days of a simulation as they pass. `changeText` says in a few words what changes. */
export function progressTeller(screen: Screen, days: number, changeText: string): (event: FastForwardEvent) => void {
  let isLineOpen = false
  const closeLine = (): void => {
    if (isLineOpen) screen.write('\n')
    isLineOpen = false
  }
  return (event) => {
    if (event.kind === 'baseline') {
      const { samples, version, warnings } = event.baseline
      screen.write(`Baseline ${version} is frozen from ${samples} examples.\n`)
      for (const warning of warnings) screen.write(`  ${warning}\n`)
    } else if (event.kind === 'change') {
      closeLine()
      screen.write(`Day ${event.day}: ${changeText}\n`)
    } else {
      const { day, verdict } = event
      const line = `Day ${day} of ${days}: ${verdict?.verdict ?? 'no verdict'}`
      if (screen.isTerminal) {
        screen.write(`\r${`${bar(day / days)} ${line}`.slice(0, screen.columns - 1).padEnd(screen.columns - 1)}`)
        isLineOpen = true
      } else if (day % PLAIN_INTERVAL === 0 || day === days) screen.write(`${line}\n`)
      if (day === days) closeLine()
    }
  }
}

function bar(share: number): string {
  const width = 30
  const done = Math.round(share * width)
  return `[${'='.repeat(done)}${' '.repeat(width - done)}]`
}
