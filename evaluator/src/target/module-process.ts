import { pathToFileURL } from 'node:url'
import type { ModuleQuestion, ModuleReply } from './module-target.ts'

/** The process of a module target: loads the function, then answers questions until its parent goes. */
type Agent = (input: unknown, question: unknown) => unknown

const [path = '', name = ''] = process.argv.slice(2)
const agent = await load()
if (agent !== null) {
  process.on('message', (question: ModuleQuestion) => void answer(agent, question))
  process.once('disconnect', () => process.exit())
  reply({ type: 'loaded' })
}

async function load(): Promise<Agent | null> {
  try {
    const module: Readonly<Record<string, unknown>> = await import(pathToFileURL(path).href)
    const found = name === '' ? (module['run'] ?? module['default']) : module[name]
    if (typeof found === 'function') return (input, question) => Reflect.apply(found, undefined, [input, question])
    reply({
      type: 'not_loaded',
      message: `The module ${path} exports no function ${name === '' ? '`run`' : `\`${name}\``}.`,
    })
  } catch (error) {
    reply({ type: 'not_loaded', message: `The module ${path} cannot be loaded: ${messageOf(error)}.` })
  }
  process.disconnect()
  return null
}

async function answer(run: Agent, { number, request }: ModuleQuestion): Promise<void> {
  const { input, ...question } = request
  try {
    reply({ type: 'answer', number, value: await run(input, question) })
  } catch (error) {
    reply({ type: 'threw', number, message: messageOf(error) })
  }
}

function reply(message: ModuleReply): void {
  process.send?.(message)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
