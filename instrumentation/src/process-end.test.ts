import { EventEmitter } from 'node:events'
import { describe, expect, it } from 'vitest'
import { beforeProcessEnds } from './process-end.ts'

function endingProcess() {
  const killed: string[] = []
  const emitter = new EventEmitter()
  const kill = (_: number, signal: string): void => void killed.push(signal)
  return Object.assign(emitter, { pid: 1, killed, kill })
}

describe('the end of a process', () => {
  it('comes by the signal it got, after the work is done', async () => {
    const process = endingProcess()
    const done = Promise.withResolvers<undefined>()
    beforeProcessEnds(process, () => done.promise)
    process.emit('SIGTERM')
    process.emit('SIGTERM')
    expect(process.killed).toEqual([])
    done.resolve(undefined)
    await new Promise(setImmediate)
    expect(process.killed[0]).toBe('SIGTERM')
    expect(process.listenerCount('SIGTERM')).toBe(0)
  })

  it('is left to a process that listens to the signal itself', async () => {
    const process = endingProcess()
    let finished = 0
    process.on('SIGINT', () => undefined)
    beforeProcessEnds(process, async () => void finished++)
    process.emit('SIGINT')
    await new Promise(setImmediate)
    expect({ finished, killed: process.killed }).toEqual({ finished: 1, killed: [] })
  })

  it('comes also when the work fails', async () => {
    const process = endingProcess()
    beforeProcessEnds(process, () => Promise.reject(new Error('the collector is gone')))
    process.emit('SIGTERM')
    await new Promise(setImmediate)
    expect(process.killed).toEqual(['SIGTERM'])
  })

  it('finishes once when nothing is left to do', async () => {
    const process = endingProcess()
    let finished = 0
    beforeProcessEnds(process, async () => void finished++)
    process.emit('beforeExit')
    await new Promise(setImmediate)
    process.emit('beforeExit')
    expect(finished).toBe(1)
  })

  it('is nobody’s matter any more once it is taken back', () => {
    const process = endingProcess()
    beforeProcessEnds(process, () => Promise.resolve())()
    expect(process.eventNames()).toEqual([])
  })
})
