import {
  everyComponentIsRequired,
  MissingComponentError,
  resolveComponent,
  type ComponentName,
} from '../../scripts/components.ts'

/**
 * The path of a real program, for `describe.skipIf(path === undefined)`. Without it one line says what is skipped and
 * why; with `TIDEMARK_REQUIRE_ALL=1` it throws. Nothing is built here: `npm run components` does that.
 */
export async function componentOrSkip(name: ComponentName): Promise<string | undefined> {
  const resolved = await resolveComponent(name, { build: false })
  if (!('missing' in resolved)) return resolved.path
  if (everyComponentIsRequired()) throw new MissingComponentError(name, resolved.missing)
  process.stderr.write(`skipped, ${resolved.missing}\n`)
  return undefined
}

/** Whether all of them are there; see {@link componentOrSkip}. */
export async function haveComponents(...names: readonly ComponentName[]): Promise<boolean> {
  const paths: (string | undefined)[] = []
  for (const name of names) paths.push(await componentOrSkip(name))
  return paths.every((path) => path !== undefined)
}
