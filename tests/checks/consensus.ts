/**
 * The long check of consensus: every schedule of a small network, then many seeded schedules of larger ones, each with
 * loss, delay, duplication, reordering, partitions, crashes with recovery from the log, clock skew and Byzantine members
 * below a third of the power. Safety always, progress once the network settles.
 *
 * A seed is one schedule: `run({ runs: 1, seed })` replays it exactly.
 */
import { runSchedule } from '../consensus/model/check.ts'
import { explore } from '../consensus/model/exhaustive.ts'

export interface CheckResult {
  readonly passed: number
  readonly failed: readonly { readonly seed: number; readonly reason: string }[]
}

/**
 * @param options.runs - seeded schedules; 100,000 when absent
 * @param options.seed - of the first; the others follow. With a single run, the exhaustive part is left out
 */
export async function run({ runs = 100_000, seed = 1 }: { runs?: number; seed?: number } = {}): Promise<CheckResult> {
  const failed: { seed: number; reason: string }[] = []
  let passed = 0
  const note = (at: number, reason: string | undefined) => {
    if (reason === undefined) passed += 1
    else failed.push({ seed: at, reason })
  }
  for (const byzantine of runs > 1 ? [0, 1, 2, 3] : []) {
    const { conflict } = explore({ rounds: 3, byzantine })
    // Not of a seed: below zero by the place of the Byzantine member.
    note(-1 - byzantine, conflict && [conflict.reason, ...conflict.trace].join('\n'))
  }
  for (let at = seed; at < seed + runs; at++) note(at, runSchedule(at).reason)
  return { passed, failed }
}
