/**
 * Programs that nobody runs just now, kept for the next who wants the same: a round trains and scores one model again and
 * again, and a browser frees a memory late and reserves gigabytes of addresses for each.
 * @module
 */
import type { ModelSpec } from '../../wire/index.ts'
import type { Program } from './program.ts'

/** Idle programs, at most; a larger one than this is dropped at once. */
const mostIdle = 2
const mostIdleBytes = 128 * 1024 * 1024

export interface ProgramPool<P extends Program> {
  take(model: ModelSpec, batch: number): Promise<Lease<P>>
  clear(): void
}

export interface Lease<P extends Program> {
  readonly program: P
  /** The program is somebody else's from then on. A second call does nothing. */
  release(): void
}

export function programPool<P extends Program>(make: (model: ModelSpec, batch: number) => Promise<P>): ProgramPool<P> {
  let idle: { readonly key: string; readonly program: P }[] = []
  return {
    async take(model, batch) {
      const key = JSON.stringify([model, batch])
      const kept = idle.find((one) => one.key === key)
      idle = idle.filter((one) => one !== kept)
      const program = kept?.program ?? (await make(model, batch))
      let released = false
      const release = () => {
        if (released || program.bytes > mostIdleBytes) return
        released = true
        idle = [{ key, program }, ...idle].slice(0, mostIdle)
      }
      return { program, release }
    },
    clear() {
      idle = []
    },
  }
}
