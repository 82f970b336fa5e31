/**
 * Which engine a worker opens in the place of one that was lost.
 *
 * An engine that had done before what it was lost at is opened again: a GPU was reset, memory was short for a while. One that was
 * lost at its worker's first try is given up, for it would be lost in every round, and the next takes its place, also where a
 * person chose it. When none is left, all of them are tried again.
 * @module
 */
import type { EngineName } from '../../ports/index.ts'
import type { TrainerOptions } from '../engines.ts'

export type OpenOptions = Omit<TrainerOptions, 'onTrial'>

export interface Succession {
  /** @param worked - whether it had done before what it was lost at */
  lost(engine: EngineName, worked: boolean): void
  hasGivenUp(engine: EngineName): boolean
  /** What to open after `engine`, first what is preferred. */
  after(engine: EngineName): readonly OpenOptions[]
  /** Nothing of that could be opened. */
  exhausted(): void
}

/** @param options - what the first worker was opened with */
export function engineSuccession(options: OpenOptions): Succession {
  const givenUp = new Set<EngineName>()
  return {
    lost(engine, worked) {
      if (!worked) givenUp.add(engine)
    },
    hasGivenUp: (engine) => givenUp.has(engine),
    after(engine) {
      // It need not be measured again.
      const same: OpenOptions = { ...options, engine, probe: undefined }
      const others = (...more: readonly EngineName[]): OpenOptions => {
        return { ...options, engine: 'auto', remembered: undefined, avoid: [...givenUp, ...more] }
      }
      // One that does not open again might hang there once more.
      return givenUp.has(engine) ? [others()] : [same, others(engine)]
    },
    exhausted: () => givenUp.clear(),
  }
}
