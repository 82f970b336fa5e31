/**
 * Who trains in the next round, where a scenario has fewer do it than are here: a draw by the last commit's hash, the
 * same for everyone who has it. The others follow the chain, paused.
 *
 * Departure from the product: here the world draws, through the peers' own `pause` and `resume`; peers do not draw
 * cohorts by themselves yet. And the world knows who goes: the next in the draw trains in its place at once.
 * @module
 */
import { type Peer, sha256, type TaskId, utf8ToBytes } from '../../peer-core/index.ts'
import type { Resident } from './resident.ts'

export interface CohortDraw {
  draw(hash: string): void
  joined(name: string, peer: Peer): void
  /** After it is no resident any more. */
  left(name: string): void
}

const why = 'not drawn for this round'

export function chooseCohort(
  size: number | undefined,
  task: TaskId,
  residents: ReadonlyMap<string, Pick<Resident, 'device' | 'joined' | 'peer'>>,
): CohortDraw {
  let training = new Set<string>()
  let last = ''
  if (size === undefined) return { draw() {}, joined() {}, left() {} }
  const ranked = () =>
    [...residents.values()]
      .filter(({ joined, device }) => joined && device.crowd !== 'seeds')
      .map(({ device: { name } }) => ({ name, rank: sha256(utf8ToBytes(`${last}/${name}`)) }))
      .sort((a, b) => (a.rank < b.rank ? -1 : 1))
      .map(({ name }) => name)
  return {
    draw(hash) {
      last = hash
      const next = new Set(ranked().slice(0, size))
      for (const name of training) if (!next.has(name)) residents.get(name)?.peer.pause(task, why)
      for (const name of next) if (!training.has(name)) residents.get(name)?.peer.resume(task)
      training = next
    },
    // Until the first commit whoever came first.
    joined(name, peer) {
      if (training.size < size) training.add(name)
      else peer.pause(task, why)
    },
    left(name) {
      if (!training.delete(name)) return
      const next = ranked().find((one) => !training.has(one))
      if (next === undefined) return
      training.add(next)
      residents.get(next)!.peer.resume(task)
    },
  }
}
