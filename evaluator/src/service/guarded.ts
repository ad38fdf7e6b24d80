import { TidemarkError } from '../domain/errors.ts'

/** Does work on the store from outside; failures of the store are counted. */
export type Guarded = <Result>(work: () => Promise<Result>) => Promise<Result>

export function createGuarded(): { readonly guarded: Guarded; storeErrors(): number } {
  let storeErrors = 0
  return {
    async guarded(work) {
      try {
        return await work()
      } catch (error) {
        if (error instanceof TidemarkError && error.code === 'store_unavailable') storeErrors++
        throw error
      }
    },
    storeErrors: () => storeErrors,
  }
}
