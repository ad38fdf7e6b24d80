import { judgeBatch } from '../../src/scoring/judge/index.ts'
import { openStore } from '../../src/store/open-store.ts'
import { BATCH, item, judgeOn } from './loopback-judge.ts'

/** Judges as many records as it is told: `node judging-process.ts STORE BASE_URL COUNT`. It is there to be killed. */
const [url = '', baseUrl = '', count = ''] = process.argv.slice(2)
const store = await openStore(url)
const { judge, client } = judgeOn(store, { baseUrl })
const items = Array.from({ length: Number(count) }, (_, index) => item(`record-${index}`))
await judgeBatch(judge, items, BATCH)
await client.close()
await store.close()
