import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const IMAGE_BYTES = 64 * 1024 * 1024

/** An ext4 file system of its own: there the kernel refuses writes to a file that is made immutable under its open handles. */
export type ReadOnlyDisk = {
  readonly folder: string
  /**
   * Every write to these files fails from now on, whoever has them open. Not for files that are mapped into memory: a program
   * that writes there is ended by a signal.
   */
  freeze(...files: readonly string[]): void
  thaw(...files: readonly string[]): void
  remove(): void
}

/** Undefined, with a line that says so, where no image can be mounted. */
export function readOnlyDisk(): ReadOnlyDisk | undefined {
  const base = mkdtempSync(join(tmpdir(), 'tidemark-disk-'))
  const folder = join(base, 'mounted')
  const image = join(base, 'image')
  try {
    run('mkdir', folder)
    run('truncate', '-s', String(IMAGE_BYTES), image)
    run('mkfs.ext4', '-q', image)
    run('mount', '-o', 'loop', image, folder)
  } catch {
    // not even root can everywhere: it takes a kernel with loop devices and the tools of ext4, which no script can bring along
    rmSync(base, { recursive: true })
    process.stderr.write('skipped, a disk that turns read-only: no image of ext4 can be mounted here\n')
    return undefined
  }
  const inFolder = (files: readonly string[]): string[] => files.map((file) => join(folder, file))
  return {
    folder,
    freeze: (...files) => run('chattr', '+i', ...inFolder(files)),
    thaw: (...files) => run('chattr', '-i', ...inFolder(files)),
    remove() {
      run('umount', folder)
      rmSync(base, { recursive: true })
    },
  }
}

function run(program: string, ...args: readonly string[]): void {
  execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'] })
}
