/**
 * The long check of consensus: every schedule of a small network, then many seeded schedules of larger ones, each with
 * loss, delay, duplication, reordering, partitions, crashes with recovery from the log, clock skew, committees that change and
 * Byzantine members below a third of the power. Safety always, progress once the network settles.
 *
 * Seeds 0 to 3 are the small network, with the Byzantine member in that place; every other seed is one schedule.
 */
import { runSchedule } from '../consensus/model/check.ts'
import { explore } from '../consensus/model/exhaustive.ts'

export interface CheckResult {
  readonly passed: number
  readonly failed: readonly { readonly seed: number; readonly reason: string }[]
}

const places = 4

/**
 * @param options.seed - the first; alone, it is replayed exactly
 * @param options.runs - seeds from there on; without a seed, the small network and 100,000 schedules
 */
export async function run(options: { runs?: number; seed?: number } = {}): Promise<CheckResult> {
  const { seed = 0, runs = options.seed === undefined ? places + 100_000 : 1 } = options
  const failed: { seed: number; reason: string }[] = []
  for (let at = seed; at < seed + runs; at++) {
    const reason = at < places ? exhaustive(at) : runSchedule(at).reason
    if (reason !== undefined) failed.push({ seed: at, reason })
  }
  return { passed: runs - failed.length, failed }
}

function exhaustive(byzantine: number): string | undefined {
  const { conflict } = explore({ rounds: 3, byzantine })
  return conflict && [conflict.reason, ...conflict.trace].join('\n')
}
