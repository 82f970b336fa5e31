/**
 * Whether a body leaves out work that this member holds and found good, before its own round closed. The recomputation cannot
 * tell: the mean of the proposer's friends alone is the right mean of what it names.
 *
 * Honest members hold different things when something came just before a deadline. So this is an objection and no
 * verdict: it accuses nobody, a third of the power has to share it, and the next proposer, most likely one of those who share it,
 * has what was missed. The consensus room drops it once every member could have had its turn.
 * @module
 */
import type { CommitBody } from '../../consensus/index.ts'
import type { PeerId } from '../../foundation/index.ts'
import { isOverShare } from '../../reputation/index.ts'
import type { Claim } from '../../round/index.ts'

export interface OmissionParts {
  /** Of the round's weight: as much may be missing, since as much may be false, and its makers may show it to half of the members. */
  readonly byzantineShare: number
  readonly minimumContributions: number
  /** whose deltas are held here and good, collected in time */
  readonly verified: readonly Claim[]
  /** in thousandths */
  weightOf(peer: PeerId): number
  /** Whose work a round takes, of those who delivered. */
  chosen(peers: readonly PeerId[]): readonly PeerId[]
  /** Whether work may be called harmful, as far as this member's own examples tell. */
  isHarmful(claim: Claim): Promise<boolean>
}

/**
 * What is provably bad has been checked, and whoever the lot leaves out is drawn here again, of those whose work is known to be there: names
 * that a proposer invented count for nothing.
 *
 * @returns the objection, if there is one
 * @throws when it cannot be told now whether work is harmful
 */
export async function omissionIn(
  { contributions, rejected }: Pick<CommitBody, 'contributions' | 'rejected'>,
  { byzantineShare, minimumContributions, verified, weightOf, chosen, isHarmful }: OmissionParts,
): Promise<string | undefined> {
  const held = new Map(verified.map((claim) => [claim.contribution.peer, claim]))
  const drawnOut = rejected.filter(({ peer, reason }) => isOverShare(reason) && held.has(peer))
  // Of nothing but admissions: a round that too few deliver to, as far as this member knows too.
  if (contributions.length === 0 && held.size < minimumContributions) return undefined
  if (contributions.length + drawnOut.length < minimumContributions) return 'it takes too few contributions'
  const taken = new Set(contributions.map(({ peer }) => peer))
  const provenBad = new Set(rejected.flatMap(({ peer, id }) => (id === undefined ? [] : [peer])))
  const harmful = new Set(rejected.flatMap(({ peer, reason }) => (reason === 'harmful' ? [peer] : [])))
  const delivered = [...held.keys()].filter((peer) => !provenBad.has(peer))
  const due = new Set(chosen([...new Set([...taken, ...delivered])]))
  const missing = [...due].filter((peer) => !taken.has(peer))
  // Each one that is called harmful costs an evaluation: last, and only until it is clear.
  missing.sort((a, b) => Number(harmful.has(a)) - Number(harmful.has(b)))
  // Newcomers whom the round has no room for, with all who delivered, weigh nothing against those who are missing.
  const weightTaken = contributions.reduce((sum, { peer, weight }) => sum + (due.has(peer) ? weight : 0), 0)
  let weight = 0
  for (const [i, peer] of missing.entries()) {
    if (harmful.has(peer) && (await isHarmful(held.get(peer)!))) continue
    weight += weightOf(peer)
    if (weight > byzantineShare * (weightTaken + weight))
      return `it leaves out ${i + 1} or more contributions that are held here`
  }
  return undefined
}
