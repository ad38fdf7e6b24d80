import { createTidemark } from '@tidemark/instrumentation'
import OpenAI from 'openai'
import { EXAMPLE_TICKETS } from './example-tickets.ts'
import { createTriageAgent } from './triage-agent.ts'

if ((process.env['OPENAI_API_KEY'] ?? '') === '') {
  console.error(
    'OPENAI_API_KEY is not set. Set it, or point OPENAI_BASE_URL at a server that speaks the OpenAI API and set any key.',
  )
  process.exit(2)
}
const endpoint = process.env['TIDEMARK_ENDPOINT']
const token = process.env['TIDEMARK_TOKEN']
const tidemark = createTidemark({
  agent: 'support-triage',
  ...(endpoint === undefined ? {} : { endpoint }),
  ...(token === undefined ? {} : { token }),
})
const model = process.env['OPENAI_MODEL']
const triage = createTriageAgent({
  openai: tidemark.instrument(new OpenAI()),
  tidemark,
  ...(model === undefined ? {} : { model }),
})

for (const ticket of EXAMPLE_TICKETS) {
  const decision = await triage(ticket)
  switch (decision.route) {
    case 'auto':
      console.log(`${ticket.id}  ${decision.value.category}, ${decision.value.priority}: ${decision.value.summary}`)
      break
    case 'escalated':
      console.log(`${ticket.id}  to a person (${decision.reason}), stored in the ${decision.escalation.stored}`)
      break
    case 'rejected':
      console.log(`${ticket.id}  rejected (${decision.reason})`)
      break
    case 'failed':
      console.error(`${ticket.id}  failed (${decision.reason}): ${decision.error.message}`)
      process.exitCode = 1
  }
}
await tidemark.shutdown()
