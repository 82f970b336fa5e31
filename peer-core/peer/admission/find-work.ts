/**
 * Looks for the work that a task asks of newcomers, in slices between which the thread is free: a page stays quick meanwhile.
 *
 * A slice takes a few milliseconds, measured. Browsers wake a hidden page once a second: a slice then takes longer, as nobody looks.
 * @module
 */
import { type Clock, sleep } from '../../ports/index.ts'
import { searchWork, type WorkChallenge } from '../../reputation/index.ts'
import type { Work } from '../../wire/index.ts'

/** What a person does not notice. */
const sliceMs = 8
/** A timer of 1 ms that comes so late is a hidden page's, where a slice blocks nobody. */
const hiddenMs = 500
const hiddenSliceMs = 200
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
    const most = start - asleep >= hiddenMs ? hiddenSliceMs : sliceMs
    const took = clock.now() - start
    size = Math.round(
      Math.min(Math.max(took > most ? size / 2 : took < most / 2 ? size * 2 : size, fewestHashes), mostHashes),
    )
  }
}
