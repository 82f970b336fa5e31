/**
 * Standing of a peer's transport: does it hand over what it announced, in form and in time?
 *
 * It says whom to fetch from first and whom to keep a connection with (gossipsub's `appSpecificScore`). It never becomes influence or
 * votes: a fast line is not good work.
 * @module
 */
import { ONE, times } from './fixed-point.ts'

/** of whom nothing is known */
export const TRANSPORT_START = 500_000
const KEPT = 20_000
const MISSED_KEEP = 800_000
const BROKEN_KEEP = 300_000
const FORGETTING = 10_000

/** Handed over what it announced. */
export function keptPromise(standing: number): number {
  return Math.min(ONE, standing + KEPT)
}

/** @param how - `missed`: not in time; `broken`: in a form that nobody can use */
export function missedPromise(standing: number, how: 'missed' | 'broken'): number {
  return times(standing, how === 'missed' ? MISSED_KEEP : BROKEN_KEEP)
}

/** A hundredth of the way back to the start, from both sides. */
export function forgetTransport(standing: number): number {
  const away = standing - TRANSPORT_START
  const step = Math.ceil((Math.abs(away) * FORGETTING) / ONE)
  return away > 0 ? standing - step : standing + step
}
