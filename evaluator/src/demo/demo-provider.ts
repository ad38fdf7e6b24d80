import { workerData } from 'node:worker_threads'
import { MODEL_AFTER, MODEL_BEFORE } from './measured-rates.ts'
import { modelAnswer } from './model-answer.ts'
import { runProviderThread } from './provider-thread.ts'

/** The demo's provider: a thread that answers as the recorded models did, by measured rates. Its data is the seed. */
const seed: number = workerData

runProviderThread([MODEL_BEFORE.model, MODEL_AFTER.model], (question, model) =>
  modelAnswer(question, model === MODEL_AFTER.model ? MODEL_AFTER : MODEL_BEFORE, seed),
)
