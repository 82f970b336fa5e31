/**
 * Whose work a round takes: who is admitted, has waited, is not suspended, and does not put a group above its share.
 *
 * Three kinds of group have a share: the peers of an institution, the guests of an inviter, and all newcomers together. Influence alone
 * cannot bound newcomers: it is at least `1/c` of the strongest, so enough of them outweigh anyone. Their share is the Byzantine share that
 * the round's rule withstands, so a flood of new names never exceeds it. Newcomers take turns ({@link inTurn}); who else has to wait is
 * drawn by lot, anew each round. Of an institution, and of an inviter's guests, one always takes part, so that a round with few of them is
 * not without anyone.
 * @module
 */
import type { Hash, PeerId } from '../foundation/index.ts'
import { ONE } from './fixed-point.ts'
import type { ReputationRules } from './rules.ts'
import { byLot } from './scores.ts'
import { isProven, mayContribute, type Named, type ReputationState, standingOf, weightOf } from './state.ts'
import { inTurn } from './turns.ts'

/** For a reason of its own, until it ends. */
export type Barred = 'not-admitted' | 'waiting' | 'suspended'
/** In this round, for its group's share. */
export type OverShare = 'institution-share' | 'guest-share' | 'newcomer-share'
export type LeftOut = Barred | OverShare

const overShares: readonly string[] = ['institution-share', 'guest-share', 'newcomer-share'] satisfies OverShare[]

export function isOverShare(reason: string): reason is OverShare {
  return overShares.includes(reason)
}

export interface Cohort {
  /** sorted; their work may be aggregated, with {@link weightOf} as its weight */
  readonly taken: readonly PeerId[]
  /** sorted by peer */
  readonly left: readonly { readonly peer: PeerId; readonly why: LeftOut }[]
}

export interface CohortRequest {
  /** who has work for the coming round */
  readonly candidates: readonly PeerId[]
  /** whom the round's own commit lets in: their work counts at once in a founding round */
  readonly admitted?: Named
  /** hash of the last commit */
  readonly roundHash: Hash
  /** the task's `aggregation.byzantineShare` */
  readonly byzantineShare: number
}

interface Group {
  readonly why: LeftOut
  /** millionths of the round's weight */
  readonly share: number
  /** those who go first, first */
  readonly members: readonly PeerId[]
  /** of its members that are never drawn out: a group that is there alone still takes part */
  readonly kept: 0 | 1
}

/** The same for everyone who has the state and the candidates, in whatever order they came. */
export function drawCohort(state: ReputationState, rules: ReputationRules, request: CohortRequest): Cohort {
  const candidates = [...new Set(request.candidates)]
  const left = new Map<PeerId, LeftOut>()
  for (const peer of candidates) {
    const why = reasonToWait(state, rules, peer, request.admitted)
    if (why !== undefined) left.set(peer, why)
  }
  const able = candidates.filter((peer) => !left.has(peer))
  // One lot for all groups: who is drawn out of one is not there for the next.
  const lots = byLot(request.roundHash, 'cohort', able)
  const groups = groupsOf(state, rules, lots, request)
  const taken = new Set(able)
  const weigh = (peers: Iterable<PeerId>) => [...peers].reduce((sum, peer) => sum + weightOf(state, peer), 0)
  let total = weigh(able)
  // To take somebody out makes the round lighter and may put another group above its share: around again until nothing changes.
  for (let changed = true; changed; ) {
    changed = false
    for (const { why, share, members, kept } of groups) {
      const waiting = members.filter((peer) => taken.has(peer))
      let held = weigh(waiting)
      while (held * ONE > share * total && waiting.length > kept) {
        const last = waiting.pop()!
        held -= weightOf(state, last)
        total -= weightOf(state, last)
        taken.delete(last)
        left.set(last, why)
        changed = true
      }
    }
  }
  return {
    taken: [...taken].sort(),
    left: [...left].map(([peer, why]) => ({ peer, why })).sort((a, b) => (a.peer < b.peer ? -1 : 1)),
  }
}

/** Why the coming round does not take this peer's work, whoever else is there. @param admitted - as in {@link CohortRequest} */
export function reasonToWait(
  state: ReputationState,
  rules: ReputationRules,
  peer: PeerId,
  admitted?: Named,
): Barred | undefined {
  if (mayContribute(state, peer, rules, admitted)) return undefined
  const standing = standingOf(state, peer)
  if (standing === undefined) return 'not-admitted'
  return state.round + 1 < standing.suspendedUntil ? 'suspended' : 'waiting'
}

function groupsOf(
  state: ReputationState,
  rules: ReputationRules,
  lots: readonly PeerId[],
  { byzantineShare, roundHash }: CohortRequest,
): Group[] {
  const of = (field: 'institution' | 'inviter', value: string) =>
    lots.filter((peer) => standingOf(state, peer)?.[field] === value)
  const groups: Group[] = rules.institutions
    .filter(({ share }) => share < ONE)
    .map(({ name, share }) => ({ why: 'institution-share', share, members: of('institution', name), kept: 1 }))
  const { admission } = rules
  if (admission.kind === 'invitation' && admission.shareOfGuests < ONE) {
    const inviters = new Set(lots.map((peer) => standingOf(state, peer)?.inviter).filter((id) => id !== undefined))
    for (const inviter of [...inviters].sort()) {
      groups.push({ why: 'guest-share', share: admission.shareOfGuests, members: of('inviter', inviter), kept: 1 })
    }
  }
  const newcomers = lots.filter((peer) => !isProven(standingOf(state, peer), rules))
  // A task that expects no liars keeps nobody out.
  if (byzantineShare > 0 && lots.length - newcomers.length >= rules.provenQuorum) {
    const members = inTurn(state, newcomers, Number.parseInt(roundHash.slice(-1), 16) % 2 === 1)
    groups.push({ why: 'newcomer-share', share: Math.round(byzantineShare * ONE), members, kept: 0 })
  }
  return groups
}
