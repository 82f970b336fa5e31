/** A process that plays promised scenarios, one at a time, as it is told: `{ place, seed, size }` in, {@link Played} out. */
import { simulate } from '../../../simulator/index.ts'
import { promises } from '../../simulation/promises.ts'

export interface Play {
  /** in the list of promises */
  readonly place: number
  readonly seed: number
  readonly size: number
}

export interface Played extends Play {
  readonly name: string
  readonly hash: string
  readonly broken: readonly string[]
}

process.on('message', async (play: Play) => {
  const { name, scenario } = promises(play.size)[play.place]!
  const { hash, broken } = await simulate({ scenario, seed: play.seed })
  process.send!({ ...play, name, hash, broken } satisfies Played)
})
