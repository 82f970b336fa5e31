/** A worker as a composition root starts one, in a browser or in Node. @module */
import type { Endpoint } from 'comlink'

export interface SpawnedWorker {
  readonly endpoint: Endpoint
  /** Calls when the worker can answer no more: it ended, or could not start. */
  onLost(call: (reason: string) => void): void
  terminate(): void | Promise<void>
}
