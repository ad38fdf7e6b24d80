import { demoOptions, type DemoArguments } from '../demo/demo-arguments.ts'
import { runDemo } from '../demo/demo.ts'
import { EXIT, type ExitCode } from './exit-code.ts'
import { interrupted } from './interrupted.ts'

export type { DemoArguments } from '../demo/demo-arguments.ts'

/** Columns of a terminal that does not tell its own. */
const COLUMNS = 100

/** Plays the demo; relative paths start where npm was called. */
export async function demo(given: DemoArguments): Promise<ExitCode> {
  const { stdout } = process
  await runDemo(demoOptions(given, process.env['INIT_CWD'] ?? process.cwd()), {
    screen: {
      write: (text) => void stdout.write(text),
      isTerminal: stdout.isTTY,
      columns: stdout.isTTY ? stdout.columns : COLUMNS,
    },
    now: Date.now,
    interrupted,
  })
  return EXIT.good
}
