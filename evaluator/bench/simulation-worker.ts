import { parentPort } from 'node:worker_threads'
import { simulate, type SimulationTask } from './simulation-task.ts'

parentPort?.on('message', (task: SimulationTask) => parentPort?.postMessage(simulate(task), []))
