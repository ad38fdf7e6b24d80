import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, onTestFinished, test } from 'vitest'
import { createTidemark } from '@tidemark/instrumentation'
import { drawn, runAndKill } from '../instrumentation/tests/killed-process.ts'
import { serve, type Serving } from '../evaluator/tests/cli/tidemark-process.ts'
import { freePort } from './stack/free-port.ts'
import { removeFolder, temporaryFolder } from './stack/temporary-folder.ts'

const ROUNDS = 10
/** Agent processes that live at the same time on one outbox, and are killed one after the other. */
const AGENTS_A_ROUND = 5
/** In every second round the evaluator is killed too, and started again on its store. */
const EVALUATOR_DIES_EVERY = 2
/** Escalations in flight in each agent. */
const WORKERS = 3
/** Draws the moments of the kills; the processes' own timing differs from run to run. */
const SEED = 20_261_124
const HASH_KEY = 'a key for the tests'

test(
  `every escalation that resolved is one review item, after 50 kills -9 of agents and 5 of the evaluator (seed ${SEED})`,
  { timeout: 300_000 },
  async () => {
    const folder = temporaryFolder('kills')
    onTestFinished(() => removeFolder(folder))
    const outbox = join(folder, 'outbox')
    const config = join(folder, 'tidemark.yaml')
    const port = await freePort()
    writeFileSync(
      config,
      `store: { url: "sqlite:./tidemark.db" }\nlisten: { port: ${port} }\nagents: { crashing: {} }\n`,
    )
    let serving: Serving = await serve(config, folder)
    onTestFinished(() => serving.kill())
    const draw = drawn(SEED)
    const resolved: string[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const agents = Array.from({ length: AGENTS_A_ROUND }, () =>
        runAndKill([outbox, serving.url], { lines: draw(40), milliseconds: draw(8) }),
      )
      if (round % EVALUATOR_DIES_EVERY === 1) {
        await Promise.race(agents)
        await serving.kill()
        // the agents that are left escalate to nobody for a while
        await Promise.race([agents.at(-1), Promise.all(agents.slice(0, -1))])
        serving = await serve(config, folder)
      }
      resolved.push(...(await Promise.all(agents)).flat())
    }
    const heir = createTidemark({ agent: 'crashing', outbox, endpoint: serving.url, hashKey: HASH_KEY })
    await heir.flush(60_000)
    await heir.shutdown(0)
    await serving.stop()

    const database = new DatabaseSync(join(folder, 'tidemark.db'), { readOnly: true })
    const items = database.prepare('select id, question from review_item').all()
    database.close()
    const ids = new Set(items.map(({ id }) => String(id)))
    expect(resolved.length).toBeGreaterThan(500)
    expect(new Set(resolved).size).toBe(resolved.length)
    expect(resolved.filter((id) => !ids.has(id))).toEqual([])
    expect(new Set(items.map(({ question }) => question)).size).toBe(items.length)
    // what was in flight at a kill may have arrived without the agent being told
    expect(items.length - resolved.length).toBeLessThanOrEqual(ROUNDS * AGENTS_A_ROUND * WORKERS)
    // a lock without its file holds no case: it goes when it is abandoned
    expect(readdirSync(outbox).filter((name) => name.endsWith('.jsonl'))).toEqual([])
  },
)
