/** Stopping on request: the first SIGINT or SIGTERM resolves, a later one ends the process at once. @module */

/** A terminal signals everyone in the foreground, and whoever started us hands the same signal on: within so long it is one request. */
const oneRequestMs = 500

/** What of a process is needed for it. */
export interface Signalled {
  on(signal: 'SIGINT' | 'SIGTERM', call: () => void): unknown
  exit(code: number): void
}

export function untilStopped(host: Signalled = process, now = () => performance.now()): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let asked: number | undefined
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      host.on(signal, () => {
        if (asked !== undefined && now() - asked >= oneRequestMs) host.exit(130)
        asked ??= now()
        resolve(signal)
      })
    }
  })
}
