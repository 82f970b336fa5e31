/**
 * Looks for the work that a task asks of newcomers, in slices between which the thread is free: a page stays quick meanwhile.
 *
 * A slice takes a few milliseconds, measured. Where a timer comes late nobody looks: browsers wake a hidden page once a second, and a slice may
 * then take as long as nobody minds.
 * @module
 */
import { type Clock, sleep } from '../../ports/index.ts'
import { searchWork, type WorkChallenge } from '../../reputation/index.ts'
import type { Work } from '../../wire/index.ts'

/** What a person does not notice. */
const sliceMs = 8
/** In a hidden page. */
const longSliceMs = 200
const fewestHashes = 64
/** Also where a clock stands still while one works. */
const mostHashes = 1 << 15

/**
 * @param onHashes - told after each slice, how many were tried in all
 * @throws the signal's reason
 */
export async function findWork(
  challenge: WorkChallenge,
  clock: Clock,
  signal: AbortSignal,
  onHashes: (hashes: number) => void,
): Promise<Work> {
  let size = 1_024
  for (let from = 0; ; ) {
    const asleep = clock.now()
    await sleep(clock, 1, signal)
    const start = clock.now()
    const found = searchWork(challenge, from, size)
    if (found !== undefined) return found
    from += size
    onHashes(from)
    const wanted = Math.min(Math.max(start - asleep, sliceMs), longSliceMs)
    const took = clock.now() - start
    size = Math.round(Math.min(Math.max(took > wanted ? size / 2 : size * 2, fewestHashes), mostHashes))
  }
}
