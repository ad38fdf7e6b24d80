/** A process as the holder of leases. */
export type LeaseOwner = { readonly host: string; readonly pid: number; readonly id: string }

/** The owner as the store keeps it. */
export function ownerName({ host, pid, id }: LeaseOwner): string {
  return `${host}/${pid}/${id}`
}

/**
 * Whether the process behind an owner has certainly ended: it ran on this host under another process id, which is free now.
 * A holder on another host, or whose id was taken by someone else since, keeps its slots until the lease runs out.
 */
export function isGone(name: string, self: LeaseOwner, isAlive: (pid: number) => boolean): boolean {
  const [host, pid] = name.split('/')
  return host === self.host && Number(pid) !== self.pid && !isAlive(Number(pid))
}
