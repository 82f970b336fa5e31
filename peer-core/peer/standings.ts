/**
 * Everyone's standing, folded from the commits: the same to the digit for everyone who has them.
 *
 * A round's contributions are scored while the next round runs (scoring.ts), and the next commit carries what their scorers found: no
 * round waits for scores, and who delivers last is scored as well as anyone. So the machine learns of a commit's refusals and evidence with
 * that commit, and of what its contributions are worth with the one after.
 * @module
 */
import {
  accusedOf,
  type Candidacy,
  type CommitBody,
  type Committee,
  decodeEvidence,
  electCommittee,
  isEpochBorder,
} from '../consensus/index.ts'
import { type Hash, type PeerId, sha256, type TaskId, utf8ToBytes } from '../foundation/index.ts'
import {
  type AdmissionAnswer,
  type AdmissionRequest,
  applyEvidence,
  type Barred,
  type Cohort,
  decisiveScores,
  drawCohort,
  drawScorers,
  type Finding,
  initialReputation,
  isOverShare,
  isProven,
  mayVote,
  type Named,
  openRules,
  type ReputationRules,
  type ReputationState,
  type RoundEvidence,
  rankOf,
  reasonToWait,
  rootOf,
  scorersFor,
  standingOf,
  weightOf,
} from '../reputation/index.ts'
import type { Order } from '../round/index.ts'
import {
  type Accepted,
  decode,
  limits,
  open,
  provableReasons,
  readSealed,
  type ScoresMessage,
  scoresSchema,
  type TaskSpec,
  type Tier,
} from '../wire/index.ts'
import { admittedBy, Gate } from './admission/gate.ts'
import type { Commit } from './commit.ts'
import type { Committees } from './committees.ts'

/** Lots remembered, so that a flood of names is not hashed over and over. */
const mostLots = 4_096

/** A commit whose contributions are being scored. */
interface Scored {
  readonly round: number
  readonly commit: Hash
  readonly contributions: readonly Accepted[]
  /** who may score them, drawn before the round */
  readonly scorers: readonly PeerId[]
}

export class Standings {
  readonly rules: ReputationRules
  readonly #spec: TaskSpec
  readonly #committees: Committees
  readonly #gate: Gate
  /** Whom the open round's commit may let in, as far as we have heard. */
  readonly #admissible: Named
  /** Non-seeds that contributed in this epoch, with their tier. */
  readonly #present = new Map<PeerId, Tier>()
  #state: ReputationState
  /** of the state, once somebody asked */
  #root: Hash | undefined
  #scored: Scored | undefined
  /** of the head */
  readonly #lots = new Map<PeerId, Hash>()
  #head: Hash
  #scorers: readonly PeerId[]

  /**
   * @param genesis - what the first commit names as its parent
   * @param isApplicant - has asked to be let in, and may be
   */
  constructor(
    { task, spec, genesis }: { readonly task: TaskId; readonly spec: TaskSpec; readonly genesis: Hash },
    committees: Committees,
    isApplicant: (peer: PeerId) => boolean = () => false,
  ) {
    this.#spec = spec
    this.rules = spec.reputation ?? openRules
    this.#committees = committees
    this.#gate = new Gate(task, this.rules)
    this.#admissible = { has: (peer) => committees.has(peer) || isApplicant(peer) }
    this.#state = initialReputation(this.rules)
    this.#head = genesis
    this.#scorers = this.#drawScorers(1)
  }

  /** The next commit of the chain. */
  add({ body, hash }: Pick<Commit, 'body' | 'hash'>): void {
    this.#state = applyEvidence(this.#state, this.#evidenceOf(body), this.rules)
    this.#root = undefined
    this.#scored = {
      round: body.round,
      commit: hash,
      contributions: body.contributions,
      scorers: this.#scorers,
    }
    this.#head = hash
    this.#gate.committed(body.round, hash)
    this.#lots.clear()
    this.#scorers = this.#drawScorers(body.height + 1)
    const { election } = this.#spec.consensus ?? {}
    if (election === undefined) return
    for (const { peer, tier = 'edge' } of body.contributions) this.#present.set(peer, tier)
    if (isEpochBorder(body.height, election.epochLength)) this.#present.clear()
  }

  /** in thousandths, as of the last commit */
  weightOf(peer: PeerId): number {
    return weightOf(this.#state, peer)
  }

  /** Names everyone's standing, and so every weight, as of the last commit. */
  get root(): Hash {
    this.#root ??= rootOf(this.#state)
    return this.#root
  }

  /** Why the open round does not take this peer's work, if it does not, and the first round that may. */
  bar(peer: PeerId): { readonly why: Barred; readonly until?: number } | undefined {
    const why = reasonToWait(this.#state, this.rules, peer, this.#admissible)
    if (why === undefined) return undefined
    const standing = standingOf(this.#state, peer)
    return standing === undefined ? { why } : { why, until: Math.max(standing.from, standing.suspendedUntil) }
  }

  /** Whether a round, the open one or one after it, takes nothing of this peer as far as the chain says today. */
  isBarred(peer: PeerId, round: number): boolean {
    const bar = this.bar(peer)
    return bar !== undefined && (bar.until === undefined || round < bar.until)
  }

  /** Whether this peer is let in only if a commit carries its application: to work is not enough. The committee answers for its votes. */
  mustApply(peer: PeerId): boolean {
    if (standingOf(this.#state, peer) !== undefined || this.#committees.has(peer)) return false
    return this.rules.admission.kind !== 'free' || this.#state.round >= this.rules.foundingRounds
  }

  /**
   * Whether the next body may be without contributions: it lets somebody in, or somebody who was let in waits for rounds to pass. Else a task
   * whose contributors have left would be closed to all others.
   * @param admissions - how many it has
   */
  mayBeEmpty(admissions: number): boolean {
    const next = this.#state.round + 1
    if (next <= this.rules.foundingRounds) return false
    return admissions > 0 || Object.values(this.#state.peers).some(({ from }) => from > next)
  }

  /** Whether the next commit may let them in, one after another. */
  check(requests: readonly AdmissionRequest[]): AdmissionAnswer[] {
    return this.#gate.check(requests, this.#state)
  }

  /**
   * Who goes first where there is not room for everyone: the committee, then proven peers by the quality of their work, then newcomers
   * whose turn it is, then the others. Among equals by a lot of the head's: names that win it have to be searched for anew in each round.
   */
  readonly order: Order<PeerId> = (a, b) => {
    const difference = this.#placeOf(b) - this.#placeOf(a)
    if (difference !== 0) return difference
    return a === b ? 0 : this.#lotOf(a) < this.#lotOf(b) ? -1 : 1
  }

  #placeOf(peer: PeerId): number {
    if (this.#committees.has(peer)) return Number.MAX_SAFE_INTEGER
    return rankOf(this.#state, this.rules, peer)
  }

  #lotOf(peer: PeerId): Hash {
    let lot = this.#lots.get(peer)
    if (lot === undefined) {
      lot = sha256(utf8ToBytes(`${this.#head}/place/${peer}`))
      if (this.#lots.size >= mostLots) this.#lots.clear()
      this.#lots.set(peer, lot)
    }
    return lot
  }

  /**
   * Whose work the open round takes, of those who have some.
   * @param applicants - whom its commit lets in, as the committee that votes on it is
   */
  cohort(candidates: readonly PeerId[], applicants: readonly PeerId[]): Cohort {
    const { byzantineShare } = this.#spec.aggregation
    const admitted = new Set([...this.#membersAt(this.#state.round + 1), ...applicants])
    return drawCohort(this.#state, this.rules, { candidates, admitted, roundHash: this.#head, byzantineShare })
  }

  /** Who scores the contributions to the open round. */
  get scorers(): readonly PeerId[] {
    return this.#scorers
  }

  /** Whether what a scorer says is about the last commit's contributions, whole, and its to say. */
  mayScore(scorer: PeerId, { round, commit, scores }: ScoresMessage): boolean {
    const scored = this.#scored
    if (scored === undefined || round !== scored.round || commit !== scored.commit) return false
    return scores.length === scored.contributions.length && scored.scorers.includes(scorer)
  }

  /** What is wrong with the scores and admissions that the next body carries, to whoever votes on it. */
  problemOf({ scores, admitted }: Pick<CommitBody, 'scores' | 'admitted'>): string | undefined {
    return this.#problemOfScores(scores) ?? this.#gate.problemOf(admitted, this.#state)
  }

  #problemOfScores(scores: CommitBody['scores']): string | undefined {
    const seen = new Set<PeerId>()
    for (const bytes of scores) {
      try {
        const { type, peer, payload } = open(bytes, limits.scoresBytes)
        if (type !== 'scores' || !this.mayScore(peer, decode(scoresSchema, payload, limits.scoresBytes))) {
          return 'scores of nobody who may give them'
        }
        if (seen.has(peer)) return `two scores of …${peer.slice(-6)}`
        seen.add(peer)
      } catch {
        return 'scores that cannot be read'
      }
    }
    return undefined
  }

  /**
   * Who votes after the body of a height that follows on the head: within an epoch who votes on it, at its border whom the chain elects.
   * Seeds are candidates always; others must have contributed since the last border, be proven, and of a tier that the task lets vote.
   */
  committeeAfter(height: number): Committee {
    const current = this.#committees.at(height)
    const { election } = this.#spec.consensus ?? {}
    if (election === undefined || !isEpochBorder(height, election.epochLength)) return current
    const seeds = this.#spec.committee.map(({ peer }) => peer)
    const isSeed = new Set(seeds)
    const candidates: Candidacy[] = []
    for (const peer of seeds) {
      const equivocated = standingOf(this.#state, peer)?.equivocated ?? false
      if (!equivocated) candidates.push({ peer, points: this.weightOf(peer), tier: 'server' })
    }
    for (const [peer, tier] of this.#present) {
      if (isSeed.has(peer) || !mayVote(this.#state, peer, this.rules)) continue
      candidates.push({ peer, points: this.weightOf(peer), tier })
    }
    // With nobody left to elect, who is there goes on.
    const isEligible = ({ peer, points, tier }: Candidacy) =>
      isSeed.has(peer) || (points >= election.minPoints && (election.browsers || tier !== 'edge'))
    return candidates.some(isEligible) ? electCommittee(candidates, { ...election, seeds }, this.#head) : current
  }

  #isSeed(peer: PeerId): boolean {
    return this.#spec.committee.some((member) => member.peer === peer)
  }

  #membersAt(height: number): PeerId[] {
    return this.#committees.at(height).members.map(({ peer }) => peer)
  }

  #drawScorers(height: number): readonly PeerId[] {
    const { rules } = this
    const isTrusted = (peer: PeerId) => !(standingOf(this.#state, peer)?.equivocated ?? false)
    const proven = (Object.keys(this.#state.peers) as PeerId[]).filter((peer) => {
      const standing = standingOf(this.#state, peer)
      return isProven(standing, rules) && isTrusted(peer) && reasonToWait(this.#state, rules, peer) === undefined
    })
    // Elected members may be browsers, which have no examples: the task's own are asked first.
    const members = this.#membersAt(height).filter(isTrusted)
    return drawScorers({
      roundHash: this.#head,
      committee: members.filter((peer) => this.#isSeed(peer)),
      proven: [...members, ...proven],
      count: rules.scorers,
    })
  }

  #evidenceOf(body: CommitBody): RoundEvidence {
    return {
      round: body.round,
      seated: this.#membersAt(body.height),
      admitted: this.#admittedBy(body),
      accepted: this.#judgedBy(body),
      // What only one member saw is in the commit for a person to read, and changes nobody's standing. Whom the lot or a turn left out is told
      // of by all members, and kept in mind; of names that nobody let in that would be too much.
      rejected: body.rejected.filter(
        ({ peer, reason }) =>
          provableReasons.has(reason) || (isOverShare(reason) && standingOf(this.#state, peer) !== undefined),
      ),
      equivocated: [...new Set(offencesIn(body).map(accusedOf))],
    }
  }

  /**
   * Who applied, and where nothing is asked of newcomers, whose work was taken. Whose work is proven bad is let in with what is said of
   * it, to be remembered; who was only seen is not: a proposer could invent them.
   */
  #admittedBy({ contributions, admitted }: CommitBody): NonNullable<RoundEvidence['admitted']> {
    const applied = admittedBy(admitted)
    if (this.rules.admission.kind !== 'free') return applied
    return [...applied, ...contributions.map(({ peer }) => ({ peer }))]
  }

  /** The contributions of the commit before, with what their scorers found. */
  #judgedBy({ scores }: CommitBody): RoundEvidence['accepted'] {
    const sheets = scores.map((bytes) => {
      // Members have verified it before they signed for it.
      const { peer, payload } = readSealed(bytes, limits.scoresBytes)
      return { scorer: peer, scores: decode(scoresSchema, payload, limits.scoresBytes).scores }
    })
    const institutionOf = (peer: PeerId) => standingOf(this.#state, peer)?.institution
    return (this.#scored?.contributions ?? []).map(({ peer, delta }, i) => {
      const findings = sheets.flatMap(({ scorer, scores: given }): Finding[] => {
        const score = given[i] ?? null
        const mayJudge = scorersFor(peer, [scorer], institutionOf).length > 0
        return score === null || !mayJudge ? [] : [{ scorer, score }]
      })
      const drawn = scorersFor(peer, this.#scored!.scorers, institutionOf)
      const judges = { drawn, committee: drawn.filter((one) => this.#isSeed(one)) }
      const decisive = decisiveScores(findings, judges, this.rules.minimumScores)
      return { peer, delta, scores: [...decisive], ...(decisive.length === 0 ? {} : { enough: decisive.length }) }
    })
  }
}

/** Committed evidence of a vote or a proposal that an honest member does not sign: all of it ends a member's standing as a voter. */
function offencesIn({ evidence }: CommitBody) {
  return evidence.map(decodeEvidence).filter(({ type }) => type !== 'score')
}
