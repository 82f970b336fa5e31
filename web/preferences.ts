/**
 * What the page remembers on this device, besides the peer's own stores: which task this person agreed to contribute to, and
 * what it trains with. Pausing and leaving forget the task, so that a reload carries on only what was going on.
 * @module
 */
import type { EngineName, TaskId } from './peer.ts'

/** Engines that a person may choose from. */
export const engineChoices = ['auto', 'webgpu', 'wasm', 'cpu'] as const
export type EngineChoice = (typeof engineChoices)[number]
export type ChosenEngine = Exclude<EngineChoice, 'auto'>

export interface Preferences {
  contributingTo(): TaskId | undefined
  setContributingTo(task: TaskId | undefined): void
  /** `auto` unless this person chose one */
  engine(): EngineChoice
  setEngine(choice: EngineChoice): void
  /** What `auto` last came to in this version of this browser. @param on - only if it was measured on that */
  measuredEngine(on?: string): ChosenEngine | undefined
  /** @param on - a task, or what else was measured */
  setMeasuredEngine(name: EngineName, on: string): void
}

const keys = {
  task: 'zen-mesh/contributing-to',
  engine: 'zen-mesh/engine',
  measured: 'zen-mesh/measured-engine',
} as const

/**
 * A browser that denies storage only forgets: reading gives nothing and writing does nothing.
 *
 * @param browser - its name and version: another may run other engines
 */
export function localPreferences(
  storage: () => Storage = () => localStorage,
  browser: string = navigator.userAgent,
): Preferences {
  const read = (key: string): string | undefined => {
    try {
      return storage().getItem(key) ?? undefined
    } catch {
      return undefined
    }
  }
  const write = (key: string, value: string | undefined) => {
    try {
      if (value === undefined) storage().removeItem(key)
      else storage().setItem(key, value)
    } catch {
      // Denied or full: the next load asks, or measures, again.
    }
  }
  const chosen = (name: string | undefined) => engineChoices.find((choice) => choice === name) ?? 'auto'
  return {
    contributingTo: () => read(keys.task) as TaskId | undefined,
    setContributingTo: (task) => write(keys.task, task),
    engine: () => chosen(read(keys.engine)),
    setEngine: (choice) => write(keys.engine, choice === 'auto' ? undefined : choice),
    measuredEngine(on) {
      const [name, where, measuredOn] = (read(keys.measured) ?? '').split('\n')
      const known = chosen(name)
      const holds = where === browser && (on === undefined || on === measuredOn)
      return known === 'auto' || !holds ? undefined : known
    },
    setMeasuredEngine: (name, on) => write(keys.measured, `${name}\n${browser}\n${on}`),
  }
}
