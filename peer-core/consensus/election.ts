/**
 * Elects the committee of an epoch from reputation.
 *
 * A consortium's seeds are seated first and may be guaranteed a share of the power: the personalised start vector of
 * EigenTrust (Kamvar, Schlosser, Garcia-Molina, WWW 2003, section 4.5) applied to votes. The other seats go by reputation;
 * ties fall by a lot that the last commit's hash decides, so that nobody can be first by choosing an id. Powers are
 * whole points that sum to {@link electedPower}.
 *
 * Nobody is above 10 % when there are ten or more, whatever the seeds are guaranteed. Addition: with four to nine
 * members nobody holds a third, so that no single member can stop the rest.
 * @module
 */
import { sha256, utf8ToBytes } from '../foundation/hash.ts'
import type { Hash, PeerId } from '../foundation/ids.ts'
import { type Committee, createCommittee, type Member, maxCommitteeSize } from './committee.ts'
import { ConsensusError } from './errors.ts'

/** Sum of the powers of an elected committee; a hundredth of a percent is one point. */
export const electedPower = 10_000

export interface Candidacy {
  readonly peer: PeerId
  /** reputation, whole points */
  readonly points: number
  readonly tier: 'edge' | 'server' | 'cloud'
}

/** The task's word on its committee. */
export interface CommitteePolicy {
  /** seats, at most 21 */
  readonly size: number
  /** peers of the consortium; seated first */
  readonly seeds: readonly PeerId[]
  /** percent of the power that the seeds hold at least, whole */
  readonly seedShare: number
  /** reputation below which no one but a seed is elected; seeds count for at least this */
  readonly minPoints: number
  /** whether peers of the `edge` tier may be elected */
  readonly browsers: boolean
  /** heights for which a committee stays */
  readonly epochLength: number
}

export const defaultCommitteePolicy: Omit<CommitteePolicy, 'seeds'> = {
  size: maxCommitteeSize,
  seedShare: 34,
  minPoints: 1,
  browsers: false,
  epochLength: 20,
}

/** Whether the commit at `height` may name another committee for the next height. */
export function isEpochBorder(height: number, epochLength: number): boolean {
  return height % epochLength === 0
}

/**
 * Deterministic in its arguments, for every order of candidates.
 *
 * @param lot - hash of the last commit; breaks ties
 * @throws {@link ConsensusError} `NO_CANDIDATES`
 */
export function electCommittee(candidates: readonly Candidacy[], policy: CommitteePolicy, lot: Hash): Committee {
  const size = Math.min(policy.size, maxCommitteeSize)
  const seeds = new Set(policy.seeds)
  const ticket = new Map(candidates.map(({ peer }) => [peer, sha256(utf8ToBytes(`${lot}/${peer}`))]))
  const byStanding = (a: Candidacy, b: Candidacy) =>
    b.points - a.points || (ticket.get(a.peer)! < ticket.get(b.peer)! ? -1 : 1)
  const seated = candidates
    .filter(({ peer }) => seeds.has(peer))
    .sort(byStanding)
    .slice(0, size)
  const elected = candidates
    .filter(({ peer, points, tier }) => {
      return !seeds.has(peer) && points >= policy.minPoints && (policy.browsers || tier !== 'edge')
    })
    .sort(byStanding)
    .slice(0, size - seated.length)
  if (seated.length + elected.length === 0) {
    throw new ConsensusError({ code: 'NO_CANDIDATES', reason: 'no seed is present and no one has the reputation' })
  }
  const personalised = seated.map((seed) => ({ ...seed, points: Math.max(seed.points, policy.minPoints) }))
  return createCommittee(powersOf(personalised, elected, policy.seedShare))
}

/** The most that one of `members` may hold. */
export function powerCap(members: number): number {
  if (members >= 10) return electedPower / 10
  if (members >= 4) return Math.ceil(electedPower / 3) - 1
  return electedPower
}

function powersOf(seeds: readonly Candidacy[], others: readonly Candidacy[], seedShare: number): Member[] {
  const cap = powerCap(seeds.length + others.length)
  const sum = (list: readonly Candidacy[]) => list.reduce((points, candidate) => points + weightOf(candidate), 0)
  const natural = Math.floor((electedPower * sum(seeds)) / (sum(seeds) + sum(others)))
  const guaranteed = Math.ceil((electedPower * seedShare) / 100)
  // Each side gets no more than its caps allow and no less than the other side's caps leave over.
  const least = Math.max(electedPower - others.length * cap, seeds.length)
  const most = Math.min(seeds.length * cap, electedPower - others.length)
  const budget = Math.min(Math.max(natural, guaranteed, least), most)
  return [...allot(seeds, budget, cap), ...allot(others, electedPower - budget, cap)]
}

/** Reputation is never below a point here: who is seated has a voice. */
function weightOf({ points }: Candidacy): number {
  return Math.max(1, Math.floor(points))
}

/** Divides `budget` by reputation, nobody above `cap` or below 1, by largest remainders. */
function allot(candidates: readonly Candidacy[], budget: number, cap: number): Member[] {
  const open = [...candidates]
  const powers = new Map<PeerId, number>()
  let left = budget
  for (;;) {
    const total = open.reduce((points, candidate) => points + weightOf(candidate), 0)
    const over = open.findIndex((candidate) => (left * weightOf(candidate)) / total >= cap)
    if (over === -1) break
    // A point is kept back for each of the others.
    const given = Math.min(cap, left - (open.length - 1))
    powers.set(open.splice(over, 1)[0]!.peer, given)
    left -= given
  }
  const total = open.reduce((points, candidate) => points + weightOf(candidate), 0)
  // One point each comes first, so that rounding leaves nobody without a vote.
  const share = left - open.length
  const exact = open.map((candidate) => ({ peer: candidate.peer, parts: share * weightOf(candidate) }))
  for (const { peer, parts } of exact) powers.set(peer, 1 + Math.floor(parts / total))
  const byRemainder = exact.sort((a, b) => (b.parts % total) - (a.parts % total) || (a.peer < b.peer ? -1 : 1))
  let rest = share - exact.reduce((given, { parts }) => given + Math.floor(parts / total), 0)
  for (const { peer } of byRemainder) if (rest-- > 0) powers.set(peer, powers.get(peer)! + 1)
  return [...powers].map(([peer, power]) => ({ peer, power }))
}
