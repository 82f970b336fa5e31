/**
 * Commit bodies: made from what was collected, and judged bit for bit when another member made them.
 *
 * A verdict of `invalid` accuses whoever signed the body, so it is given only for what every honest member finds alike;
 * what cannot be had here and now leaves it open, and what this member alone has seen is an objection.
 * @module
 */
import { type CommitBody, decodeBody, encodeBody, isVeto, maxBodyBytes, type Score } from '../../consensus/index.ts'
import { type BlobId, type Hash, messageOf, type PeerId, sha256 } from '../../foundation/index.ts'
import { isOverShare } from '../../reputation/index.ts'
import {
  acceptedOf,
  type Claim,
  CommitError,
  checkFollows,
  type OuterState,
  outerStep,
  type Parent,
} from '../../round/index.ts'
import { type Accepted, encode, limits, type Rejected } from '../../wire/index.ts'
import type { Applications } from '../admission/applications.ts'
import { admittedBy } from '../admission/gate.ts'
import type { Collected } from '../collecting.ts'
import type { Committees } from '../committees.ts'
import type { Named } from '../news.ts'
import { nextModel } from '../next-model.ts'
import type { SessionContext } from '../session-context.ts'
import type { Standings } from '../standings.ts'
import { Contradiction } from './contradiction.ts'
import type { EvidenceDesk } from './evidence-desk.ts'
import { omissionIn } from './omissions.ts'
import { checkRejected, claimOf, type RejectionParts } from './rejections.ts'

/** Of a body's most, for the lengths of its lists. */
const reservedBytes = 256

export interface DraftingParts extends RejectionParts {
  readonly committees: Committees
  readonly evidence: EvidenceDesk
  readonly applications: Pick<Applications, 'foundersOf' | 'toPropose'>
  head(): Parent
  /** Asks others for those of these contributions that were not heard of. */
  hear(named: readonly Named[]): Promise<void>
  /** as of the head */
  readonly standings: Standings
  /** What this member's own collector found good, in time. */
  verified(): readonly Claim[]
  /** Scores of the last commit's contributions, for a body with room for so many bytes. */
  scores(room: number): Uint8Array[]
  /** What the step after the head is taken from, from wherever its models are to be had. */
  outerState(): Promise<OuterState>
  /** What a result does to this member's own held-out examples; `null` when it has none, or the task does not ask. */
  score(base: BlobId, result: BlobId | Float32Array): Promise<Score | null>
}

export interface Draft {
  readonly bytes: Uint8Array
  readonly hash: Hash
  readonly time: number
  readonly score: Score | null
}

export type Judgement =
  | {
      readonly verdict: 'valid'
      readonly score: Score | null
      readonly objection: string | undefined
      /** it names evidence that cannot be judged here */
      readonly unproven: boolean
    }
  | { readonly verdict: 'invalid' | 'pending'; readonly why: string }

export class Drafting {
  readonly #context: SessionContext
  readonly #parts: DraftingParts
  /** Of the last aggregate: in later rounds of a height the same contributions come again. */
  #last: { key: Hash; result: BlobId } | undefined

  constructor(context: SessionContext, parts: DraftingParts) {
    this.#context = context
    this.#parts = parts
  }

  /**
   * @param round - the attempt: the first one names evidence too, which a member that has not heard it cannot judge
   * @throws when the base or a contribution is not to be had
   */
  async build(collected: Collected, round: number): Promise<Draft> {
    const draft = await this.#draft(collected, round)
    if (!this.#isVeto(draft.score)) return draft
    const harmless = await this.#withoutHarm(collected)
    return harmless === undefined ? draft : this.#draft(harmless, round)
  }

  /** What this member would itself turn away is put forward without the work that alone would be reason enough. */
  async #withoutHarm({ round, accepted, rejected }: Collected): Promise<Collected | undefined> {
    const { round: rules } = this.#context.spec
    const taken: Claim[] = []
    const harmful: Rejected[] = []
    for (const claim of accepted) {
      if (!this.#isVeto(await this.#scoreAlone(claim))) taken.push(claim)
      else harmful.push({ peer: claim.contribution.peer, reason: 'harmful' })
    }
    if (harmful.length === 0 || taken.length < rules.minimumContributions) return undefined
    return { round, accepted: taken, rejected: [...rejected, ...harmful].slice(-limits.rejectionsPerRound) }
  }

  /** Of the model that this work alone would make. */
  async #scoreAlone(claim: Claim): Promise<Score | null> {
    const { base, parent } = await this.#parts.outerState()
    const judged = await this.#parts.deltas.get(claim)
    if (!('delta' in judged)) throw new Error(`contribution ${claim.id.slice(0, 8)}: ${judged.reason}`)
    const alone = outerStep({ base, parent }, judged.delta, this.#context.spec.aggregation)
    return this.#parts.score(this.#parts.head().model, alone)
  }

  #isVeto(score: Score | null): boolean {
    return isVeto(score, this.#context.spec.consensus?.veto ?? null)
  }

  async #draft(collected: Collected, round: number): Promise<Draft> {
    const { clock, spec, task } = this.#context
    const { models, committees, standings } = this.#parts
    const head = this.#parts.head()
    const height = head.round + 1
    const committee = committees.current
    const next = standings.committeeAfter(height)
    const { taken, left, founders } = this.#cohortOf(collected)
    const contributions = taken.map((claim) => this.#accepted(claim))
    const result = await this.#aggregate(taken, contributions, head)
    const time = Math.max(clock.now(), head.time + 1)
    const body: CommitBody = {
      task,
      height,
      round: height,
      time,
      parent: head.hash,
      base: head.model,
      contributions,
      rejected: [...left, ...collected.rejected].slice(0, limits.rejectionsPerRound),
      weights: standings.root,
      aggregation: spec.aggregation,
      result,
      resultBytes: models.bytes,
      evidence: [],
      scores: [],
      admitted: [],
      committee: committee.hash,
      nextCommittee: next.hash,
      elected: next.hash === committee.hash ? null : next.members,
    }
    const bytes = encodeBody(this.#filled(body, round, founders))
    // What we would not accept of others we do not put forward either.
    const made = decodeBody(bytes)
    this.#checkPlace(made, head)
    this.#checkCohort(made)
    return { bytes, hash: sha256(bytes), time, score: await this.#parts.score(head.model, result) }
  }

  /** With the admissions that its contributions need, and as much of evidence, other admissions and scores as there is room for. */
  #filled(body: CommitBody, round: number, founders: readonly PeerId[]): CommitBody {
    const { evidence: desk, applications, scores } = this.#parts
    const free = (filled: CommitBody) => maxBodyBytes - encodeBody(filled).length - reservedBytes
    // In a founding round: few contribute, and no evidence is there yet.
    let filled = founders.length === 0 ? body : { ...body, admitted: applications.toPropose(free(body), founders) }
    if (round === 0) filled = { ...filled, evidence: desk.toPropose(body.height, free(filled)) }
    if (founders.length === 0) filled = { ...filled, admitted: applications.toPropose(free(filled), founders) }
    return { ...filled, scores: scores(free(filled)) }
  }

  /** Whose work the round takes, of those who delivered, in their order: who is left out, by lot, for its group's share, is told. */
  #cohortOf({ accepted }: Collected): {
    readonly taken: readonly Claim[]
    readonly left: readonly Rejected[]
    /** of those taken, who needs this round's commit to be let in */
    readonly founders: readonly PeerId[]
  } {
    const { standings, applications } = this.#parts
    const delivered = accepted.map(({ contribution }) => contribution.peer)
    const applicants = applications.foundersOf([...delivered].sort(standings.order))
    const { taken, left } = standings.cohort(delivered, applicants)
    const isTaken = new Set(taken)
    const rejected = left.flatMap(({ peer, why }) => (isOverShare(why) ? [{ peer, reason: why }] : []))
    if (rejected.length <= limits.rejectionsPerRound) {
      return {
        taken: accepted.filter(({ contribution }) => isTaken.has(contribution.peer)),
        left: rejected,
        founders: applicants.filter((peer) => isTaken.has(peer)),
      }
    }
    // More than a body can tell: a lot is checked against all who had a part in it.
    const { order } = this.#parts.standings
    const inOrder = [...accepted].sort((a, b) => order(a.contribution.peer, b.contribution.peer))
    const first = new Set(inOrder.slice(0, limits.rejectionsPerRound))
    return this.#cohortOf({ accepted: accepted.filter((claim) => first.has(claim)), rejected: [], round: 0 })
  }

  /** Never rejects. @param proposer - says that it has all that the body names, and is asked for it first */
  async judge(bytes: Uint8Array, proposer: PeerId): Promise<Judgement> {
    // What is held when it comes: later work it could not have taken.
    const verified = this.#parts.verified()
    try {
      const body = readBody(bytes)
      const head = this.#parts.head()
      this.#checkPlace(body, head)
      this.#checkCohort(body)
      await this.#parts.hear([...body.contributions, ...namedIn(body.rejected)])
      await checkRejected(body, this.#parts, proposer)
      await this.#checkResult(body, head, proposer)
      const evidence = this.#parts.evidence.weigh(body)
      if (evidence === 'refuted') throw new Contradiction('evidence that proves nothing')
      const score = await this.#parts.score(body.base, body.result)
      const objection = await this.#omissionIn(body, verified)
      return { verdict: 'valid', score, objection, unproven: evidence === 'pending' }
    } catch (error) {
      return { verdict: error instanceof Contradiction ? 'invalid' : 'pending', why: messageOf(error) }
    }
  }

  #omissionIn(body: CommitBody, verified: readonly Claim[]): Promise<string | undefined> {
    const { standings, applications } = this.#parts
    const { aggregation, round, consensus } = this.#context.spec
    return omissionIn(body, {
      ...{ ...aggregation, ...round, verified },
      weightOf: (peer) => standings.weightOf(peer),
      chosen: (peers) => {
        const first = [...peers].sort(standings.order).slice(0, limits.contributionsPerRound)
        return standings.cohort(first, applications.foundersOf(first)).taken
      },
      isHarmful: async (claim) => {
        if (consensus?.veto === undefined) return false
        const score = await this.#scoreAlone(claim)
        return score === null || this.#isVeto(score)
      },
    })
  }

  #checkPlace(body: CommitBody, head: Parent): void {
    const { spec, task } = this.#context
    const { committees, models, standings } = this.#parts
    try {
      checkFollows(body, head)
    } catch (error) {
      if (error instanceof CommitError) throw new Contradiction(messageOf(error))
      throw error
    }
    if (body.task !== task) throw new Contradiction('of another task')
    const next = standings.committeeAfter(body.height)
    const told = body.elected === null ? committees.current.hash : body.nextCommittee
    if (body.committee !== committees.current.hash || body.nextCommittee !== next.hash || told !== next.hash) {
      throw new Contradiction('another committee than the chain gives')
    }
    // And its members, or whoever has only the chain could not go on from it.
    if (body.elected !== null && !same(body.elected, next.members)) throw new Contradiction('other members')
    if (body.weights !== standings.root) throw new Contradiction('other reputations than the chain gives')
    const unfit = standings.problemOf(body)
    if (unfit !== undefined) throw new Contradiction(unfit)
    if (body.resultBytes !== models.bytes) throw new Contradiction(`a model of ${body.resultBytes} bytes`)
    if (!same(body.aggregation, spec.aggregation)) throw new Contradiction('another aggregation than the task states')
  }

  /** Of those who delivered, as the body has it, exactly those take part whom the chain and the lot let. */
  #checkCohort({ contributions, rejected, admitted }: CommitBody): void {
    const taken = contributions.map(({ peer }) => peer)
    const left = rejected.filter(({ reason }) => isOverShare(reason))
    const delivered = [...taken, ...left.map(({ peer }) => peer)]
    const isEmpty = delivered.length === 0 && this.#parts.standings.mayBeEmpty(admitted.length)
    if (!isEmpty && (taken.length === 0 || delivered.length < this.#context.spec.round.minimumContributions)) {
      throw new Contradiction('too few contributions')
    }
    const applicants = admittedBy(admitted).map(({ peer }) => peer)
    const drawn = this.#parts.standings.cohort(delivered, applicants)
    const asDrawn = new Map(drawn.left.map(({ peer, why }) => [peer, why as string]))
    const agrees = drawn.taken.length === taken.length && left.every(({ peer, reason }) => asDrawn.get(peer) === reason)
    if (!agrees || asDrawn.size !== left.length) throw new Contradiction('another cohort than the chain gives')
  }

  async #checkResult(body: CommitBody, head: Parent, proposer: PeerId): Promise<void> {
    const claims = body.contributions.map((accepted) => {
      const claim = claimOf(accepted.id, this.#parts)
      const { round, base } = claim.contribution
      if (!same(this.#accepted(claim), accepted) || base !== body.base || round !== body.round) {
        throw new Contradiction(`contribution ${accepted.id.slice(0, 8)} is not what its peer announced`)
      }
      return claim
    })
    const result = await this.#aggregate(claims, body.contributions, head, proposer)
    if (result !== body.result)
      throw new Contradiction(`the aggregate is ${result.slice(0, 8)}, not ${body.result.slice(0, 8)}`)
  }

  async #aggregate(
    claims: readonly Claim[],
    accepted: readonly Accepted[],
    head: Parent,
    proposer?: PeerId,
  ): Promise<BlobId> {
    // The parent too: the step depends on it by its seed, and on the model before it.
    const key = sha256(encode([head.hash, accepted]))
    if (this.#last?.key === key) return this.#last.result
    const state = await this.#parts.outerState()
    const deltas = await Promise.all(
      claims.map(async (claim) => {
        const judged = await this.#parts.deltas.get(claim, proposer)
        if ('delta' in judged) return judged.delta
        const why = `contribution ${claim.id.slice(0, 8)}: ${judged.reason}`
        throw judged.isProven ? new Contradiction(why) : new Error(why)
      }),
    )
    const weights = await nextModel(this.#context, state, deltas, accepted, this.#context.spec.aggregation)
    const result = await this.#parts.models.save(weights)
    this.#last = { key, result }
    return result
  }

  #accepted(claim: Claim): Accepted {
    return acceptedOf(claim, this.#parts.standings.weightOf(claim.contribution.peer))
  }
}

function namedIn(rejected: readonly Rejected[]): Named[] {
  return rejected.flatMap(({ id, peer }) => (id === undefined ? [] : [{ id, peer }]))
}

function readBody(bytes: Uint8Array): CommitBody {
  try {
    return decodeBody(bytes)
  } catch (error) {
    throw new Contradiction(messageOf(error))
  }
}

function same(a: object, b: object): boolean {
  return sha256(encode(a)) === sha256(encode(b))
}
