import { Worker } from 'node:worker_threads'
import type { SimulationResult, SimulationTask } from './simulation-task.ts'

/**
 * Simulates all tasks on a few workers; results come in the order of the tasks, so they do not depend on the number of
 * workers. `tell` hears how many are done.
 */
export async function simulateAll(
  tasks: readonly SimulationTask[],
  workers: number,
  tell: (done: number, all: number) => void,
): Promise<SimulationResult[]> {
  const results: SimulationResult[] = []
  let next = 0
  let done = 0
  const work = async (): Promise<void> => {
    const worker = new Worker(new URL('simulation-worker.ts', import.meta.url))
    try {
      for (let index = next++; index < tasks.length; index = next++) {
        const task = tasks[index]
        if (task === undefined) return
        results[index] = await answerOf(worker, task)
        tell(++done, tasks.length)
      }
    } finally {
      await worker.terminate()
    }
  }
  await Promise.all(Array.from({ length: Math.min(workers, tasks.length) }, work))
  return results
}

function answerOf(worker: Worker, task: SimulationTask): Promise<SimulationResult> {
  return new Promise((resolve, reject) => {
    const listeners = {
      message: (result: SimulationResult) => settle(() => resolve(result)),
      error: (error: unknown) => settle(() => reject(error instanceof Error ? error : new Error(String(error)))),
      exit: (code: number) => settle(() => reject(new Error(`a simulation worker ended with code ${code}`))),
    }
    const settle = (act: () => void): void => {
      for (const [event, listener] of Object.entries(listeners)) worker.off(event, listener)
      act()
    }
    for (const [event, listener] of Object.entries(listeners)) worker.on(event, listener)
    worker.postMessage(task, [])
  })
}
