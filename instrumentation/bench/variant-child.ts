import { type Child, startChild } from './parent-channel.ts'

export interface VariantStart {
  readonly name: string
  /** Base URLs, without path. */
  readonly provider: string
  readonly collector: string
  /** Where a peer is installed. */
  readonly folder: string | undefined
}

export function startVariant({ name, provider, collector, folder }: VariantStart): Child {
  const where = ['--provider', `${provider}/v1`, '--collector', `${collector}/${name}`]
  return startChild(new URL('variant-process.ts', import.meta.url), [
    '--variant',
    name,
    ...where,
    ...(folder === undefined ? [] : ['--folder', folder]),
  ])
}
