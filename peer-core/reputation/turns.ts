/**
 * Which newcomers go first where the newcomers' share of a round has not room for all: they take turns.
 *
 * A turn lasts while each work earns standing, for twice as many works as make honest work proven at most; what earns nothing, or
 * does harm, ends it. Whose turn it is goes before those who wait, and those go in the order in which they began to,
 * alternately with whom nobody knows. So nobody waits for more than twice the turns of those who came before, and nobody holds a place without earning by it. By lot alone, hundreds of names would keep an honest
 * newcomer from ever being proven: drawn every sixtieth round, it forgets a quarter of what it earned before the next.
 * @module
 */
import type { PeerId } from '../foundation/index.ts'
import { ONE } from './fixed-point.ts'
import type { ReputationRules } from './rules.ts'
import { isProven, type ReputationState, type Standing, standingOf } from './state.ts'

/** Works that a turn lasts at most. */
export function worksOfTurn({ provenAt, entry, gain }: ReputationRules): number {
  return 2 * Math.max(1, Math.ceil((provenAt - entry) / Math.max(1, gain)))
}

/** After work that was taken. @param wasInVain - judged, and worth nothing */
export function afterWork(
  standing: Standing,
  { round, wasInVain }: { readonly round: number; readonly wasInVain: boolean },
  rules: ReputationRules,
): Standing {
  const works = standing.works + 1
  const isOver = wasInVain || works >= worksOfTurn(rules) || standing.quality >= rules.provenAt
  return isOver ? afterTurn(standing, round) : { ...standing, works }
}

/** It waits for another one from now on. */
export function afterTurn(standing: Standing, round: number): Standing {
  return { ...standing, works: 0, waitsSince: round }
}

/**
 * Newcomers in the order in which they are taken: whose turn it is; then, in turns, who waits and whom nobody knows, who may have waited
 * for as long, or have been made up now. So neither can keep the other out.
 * @param lots - the same peers by the round's lot, which decides among equals
 * @param strangersFirst - also by lot, whether of those two kinds the strangers begin
 */
export function inTurn(state: ReputationState, lots: readonly PeerId[], strangersFirst: boolean): PeerId[] {
  const standings = new Map(lots.map((peer) => [peer, standingOf(state, peer)]))
  const known = (isTheirTurn: boolean) =>
    lots
      .filter((peer) => standings.get(peer) !== undefined && standings.get(peer)!.works > 0 === isTheirTurn)
      .sort((a, b) => standings.get(a)!.waitsSince - standings.get(b)!.waitsSince)
  const strangers = lots.filter((peer) => standings.get(peer) === undefined)
  const [first, second] = strangersFirst ? [strangers, known(false)] : [known(false), strangers]
  return [...known(true), ...alternately(first, second)]
}

function alternately<T>(a: readonly T[], b: readonly T[]): T[] {
  return Array.from({ length: Math.max(a.length, b.length) }, (_, i) => [
    ...a.slice(i, i + 1),
    ...b.slice(i, i + 1),
  ]).flat()
}

/**
 * Where a peer goes when there is not even room to look at everyone's work: greater first. Proven peers by their standing, then those
 * whose turn it is; all other newcomers are equals, so that in time the lot finds each of them.
 */
export function rankOf(state: ReputationState, rules: ReputationRules, peer: PeerId): number {
  const standing = standingOf(state, peer)
  if (standing === undefined) return 0
  if (isProven(standing, rules)) return ONE + standing.quality
  return standing.works > 0 ? 1 : 0
}
