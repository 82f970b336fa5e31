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
  /** What `auto` came to in this version of this browser. @param on - where; the last of all when absent */
  measuredEngine(on?: string): ChosenEngine | undefined
  /** @param name - nothing to have it measured again. @param on - a task, or what else was measured */
  setMeasuredEngine(name: EngineName | undefined, on: string): void
}

/** Tasks whose engine is remembered. */
const mostMeasured = 32

const keys = {
  task: 'zen-mesh/contributing-to',
  engine: 'zen-mesh/engine',
  measured: 'zen-mesh/measured-engines',
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
  /** Of this browser, the last one last. */
  const measured = (): readonly { readonly on: string; readonly name: ChosenEngine }[] => {
    const [where, ...lines] = (read(keys.measured) ?? '').split('\n')
    if (where !== browser) return []
    return lines.flatMap((line) => {
      const name = chosen(line.split(' ', 1)[0])
      return name === 'auto' ? [] : [{ on: line.slice(name.length + 1), name }]
    })
  }
  return {
    contributingTo: () => read(keys.task) as TaskId | undefined,
    setContributingTo: (task) => write(keys.task, task),
    engine: () => chosen(read(keys.engine)),
    setEngine: (choice) => write(keys.engine, choice === 'auto' ? undefined : choice),
    measuredEngine: (on) => measured().findLast((one) => on === undefined || one.on === on)?.name,
    setMeasuredEngine(name, on) {
      const others = measured().filter((one) => one.on !== on)
      const known = name === undefined ? others : [...others, { on, name }]
      write(keys.measured, [browser, ...known.slice(-mostMeasured).map((one) => `${one.name} ${one.on}`)].join('\n'))
    },
  }
}
