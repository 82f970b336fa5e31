/** A process that plays promised scenarios, one at a time, as it is told: {@link Play} in, {@link Played} out. */
import { simulate } from '../../../simulator/index.ts'
import { controlOf, promises } from '../../simulation/promises.ts'

export interface Play {
  /** in the list of promises */
  readonly place: number
  readonly seed: number
  readonly size: number
  /** as it is, with its rule broken, or with its rule broken and nothing else going wrong */
  readonly way: 'whole' | 'broken' | 'control'
}

export interface Played extends Play {
  readonly name: string
  /** the rule that was broken on purpose */
  readonly rule: string
  readonly hash: string
  readonly broken: readonly string[]
  readonly cpuSeconds: number
}

// Errors are part of a simulated life and only their messages are told: no stack is looked at.
Error.stackTraceLimit = 0

process.on('message', async (play: Play) => {
  const before = process.cpuUsage()
  const { name, ...promised } = promises(play.size)[play.place]!
  const { rule } = promised.broken
  const { scenario, breaks } = {
    whole: { scenario: promised.scenario, breaks: undefined },
    broken: promised.broken,
    control: controlOf(promised.broken),
  }[play.way]
  const { hash, broken } = await simulate({ scenario, seed: play.seed, ...(breaks === undefined ? {} : { breaks }) })
  const { user, system } = process.cpuUsage(before)
  process.send!({ ...play, name, rule, hash, broken, cpuSeconds: (user + system) / 1e6 } satisfies Played)
})
