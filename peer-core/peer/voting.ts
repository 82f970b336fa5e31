/**
 * The committee's part of a round, first version: the proposer of the attempt puts forward a commit, every member
 * recomputes it bit for bit before it signs, and whoever holds signatures of more than two thirds of the power has the
 * certificate.
 *
 * Safety: a member signs one body a round, ever; the body is stored before its signature is sent, and put forward again
 * after a crash. Two certificates of one round would need a member that signed twice. Liveness: the proposer changes with every attempt; members that signed
 * different bodies can leave a round without a quorum, which the locking of full BFT resolves.
 * @module
 */
import { type Hash, messageOf, type PeerId, second, sha256 } from '../foundation/index.ts'
import {
  acceptedOf,
  type Claim,
  checkFollows,
  encodeCertificate,
  outerStep,
  type Parent,
  powerOf,
  quorum,
  readBody,
  signBody,
  verifyVote,
} from '../round/index.ts'
import { type CommitBody, encode, limits, type Proposal, type Vote } from '../wire/index.ts'
import type { Collected } from './collecting.ts'
import type { Deltas } from './deltas.ts'
import type { Models } from './models.ts'
import type { SessionContext } from './session-context.ts'

export interface VotingParts {
  readonly models: Models
  readonly deltas: Deltas
  head(): Parent
  /** Reputation in thousandths, as of the head. */
  weightOf(peer: PeerId): number
  /** The claim with this id, asked of `from` when we have not heard it. */
  claimOf(id: string, from: PeerId): Promise<Claim | undefined>
  onCertificate(bytes: Uint8Array): void
}

interface Candidate {
  readonly body: Uint8Array
  readonly votes: Map<PeerId, Uint8Array>
}

export class Voting {
  readonly #context: SessionContext
  readonly #parts: VotingParts
  #collected: Collected | undefined
  #attempt = 0
  #cancelAttempt: () => void = () => undefined
  /** Bodies of the open round by hash; votes may come before their body. */
  #candidates = new Map<Hash, Candidate>()
  #early = new Map<Hash, Map<PeerId, Uint8Array>>()
  /** Signing is one at a time: what was signed is looked up, stored and signed before the next body has its turn. */
  #signing: Promise<unknown> = Promise.resolve()

  constructor(context: SessionContext, parts: VotingParts) {
    this.#context = context
    this.#parts = parts
  }

  /** A new head: what was voted on is past. */
  reset(): void {
    this.#cancelAttempt()
    this.#collected = undefined
    this.#attempt = 0
    this.#candidates.clear()
    this.#early.clear()
  }

  /** After a restart: what was signed for the open round and not committed is put forward again. */
  async resume(): Promise<void> {
    const round = this.#parts.head().round + 1
    const signed = await this.#signed(round)
    if (signed !== undefined) await this.#adopt(signed, round)
  }

  close(collected: Collected): void {
    this.#collected = collected
    this.#startAttempt(0)
  }

  async onProposal(from: PeerId, proposal: Proposal): Promise<void> {
    const head = this.#parts.head()
    if (proposal.round !== head.round + 1 || this.#proposerOf(proposal.round, proposal.attempt) !== from) return
    const hash = sha256(proposal.body)
    if (this.#candidates.has(hash)) return
    const body = readBody(proposal.body)
    if (body.proposer !== from) return
    try {
      await this.#recompute(body, head, from)
    } catch (error) {
      this.#context.notice('warning', `round ${proposal.round}: no vote for ${short(from)}: ${messageOf(error)}`)
      return
    }
    if (this.#parts.head().round !== head.round) return
    await this.#adopt(proposal.body, proposal.round)
  }

  onVote(from: PeerId, vote: Vote): void {
    if (vote.round !== this.#parts.head().round + 1 || !this.#isMember(from)) return
    const candidate = this.#candidates.get(vote.body)
    if (candidate === undefined) {
      const early = this.#early.get(vote.body) ?? new Map<PeerId, Uint8Array>()
      if (this.#early.size < 64) this.#early.set(vote.body, early.set(from, vote.signature))
      return
    }
    this.#count(candidate, from, vote.signature)
    this.#certify(candidate)
  }

  #startAttempt(attempt: number): void {
    const { clock, spec, identity } = this.#context
    const round = this.#parts.head().round + 1
    if (this.#collected?.round !== round) return
    this.#attempt = attempt
    this.#cancelAttempt()
    this.#cancelAttempt = clock.after(spec.round.fetchMs + 5 * second, () => this.#startAttempt(attempt + 1))
    const isProposer = this.#proposerOf(round, attempt) === identity.peerId
    void this.#goOn(this.#collected, isProposer).catch((error) => {
      this.#context.notice('warning', `round ${round}: could not propose: ${messageOf(error)}`)
    })
  }

  async #goOn(collected: Collected, isProposer: boolean): Promise<void> {
    const signed = await this.#signed(collected.round)
    // What we signed is what we stand by: another body of this round will not get our vote.
    if (signed !== undefined) await this.#adopt(signed, collected.round)
    else if (isProposer) await this.#propose(collected)
  }

  async #propose(collected: Collected): Promise<void> {
    const { identity, clock, spec, task } = this.#context
    const head = this.#parts.head()
    const contributions = collected.accepted.map((claim) =>
      acceptedOf(claim, this.#parts.weightOf(claim.contribution.peer)),
    )
    const model = await this.#parts.models.save(await this.#aggregate(collected.accepted, contributions, head))
    const body: CommitBody = {
      v: 1,
      task,
      round: collected.round,
      parent: head.hash,
      proposer: identity.peerId,
      base: head.model,
      contributions,
      rejected: [...collected.rejected],
      aggregation: spec.aggregation,
      model,
      modelBytes: this.#parts.models.bytes,
      at: clock.now(),
    }
    const bytes = encode(body)
    if (this.#parts.head().round !== head.round) return
    // What we would not accept of others we do not sign either.
    checkFollows(readBody(bytes), head)
    await this.#adopt(bytes, body.round)
  }

  /** @throws when the body is not what an honest proposer would have put forward */
  async #recompute(body: CommitBody, head: Parent, from: PeerId): Promise<void> {
    checkFollows(body, head)
    const { spec, clock } = this.#context
    if (body.modelBytes !== this.#parts.models.bytes) throw new Error(`a model of ${body.modelBytes} bytes`)
    if (body.contributions.length < spec.round.minimumContributions) throw new Error('too few contributions')
    if (body.at - clock.now() > limits.clockSkewMs) throw new Error('its time is still to come')
    const rejected = new Set(body.rejected.map((one) => one.peer))
    if (body.contributions.some((one) => rejected.has(one.peer))) throw new Error('a peer both accepted and rejected')
    if (sha256(encode(body.aggregation)) !== sha256(encode(this.#context.spec.aggregation))) {
      throw new Error('another aggregation than the task states')
    }
    const claims = await Promise.all(
      body.contributions.map(async (accepted) => {
        const claim = await this.#parts.claimOf(accepted.id, from)
        if (claim === undefined) throw new Error(`contribution ${accepted.id.slice(0, 8)} was never announced`)
        const expected = acceptedOf(claim, this.#parts.weightOf(claim.contribution.peer))
        if (sha256(encode(expected)) !== sha256(encode(accepted)) || claim.contribution.base !== body.base) {
          throw new Error(`contribution ${accepted.id.slice(0, 8)} is not what its peer announced`)
        }
        return claim
      }),
    )
    const weights = await this.#aggregate(claims, body.contributions, head)
    const model = await this.#parts.models.save(weights)
    if (model !== body.model) throw new Error(`the aggregate is ${model.slice(0, 8)}, not ${body.model.slice(0, 8)}`)
  }

  async #aggregate(claims: readonly Claim[], accepted: CommitBody['contributions'], head: Parent) {
    const base = await this.#parts.models.stored(head.model)
    if (base === undefined) throw new Error('the base model is not here')
    const deltas = await Promise.all(
      claims.map(async (claim) => {
        const judged = await this.#parts.deltas.get(claim)
        if ('reason' in judged) throw new Error(`contribution ${claim.id.slice(0, 8)}: ${judged.reason}`)
        return judged.delta
      }),
    )
    return outerStep(base, deltas, accepted, this.#context.spec.aggregation)
  }

  /** The body that we signed for a round. */
  #signed(round: number): Promise<Uint8Array | undefined> {
    return this.#context.stores.records.get(this.#key(round))
  }

  #key(round: number): string {
    return `signed/${this.#context.task}/${String(round).padStart(10, '0')}`
  }

  /** Signs the body unless another of its round was signed, and counts the votes that came before it. */
  #adopt(body: Uint8Array, round: number): Promise<void> {
    const next = this.#signing.then(() => this.#sign(body, round))
    this.#signing = next.catch(() => undefined)
    return next
  }

  async #sign(body: Uint8Array, round: number): Promise<void> {
    const { identity, stores, spec } = this.#context
    const hash = sha256(body)
    const candidate = this.#candidates.get(hash) ?? { body, votes: new Map() }
    const signed = await this.#signed(round)
    if (signed === undefined) await stores.records.put(this.#key(round), body)
    if (this.#parts.head().round + 1 !== round) return
    this.#candidates.set(hash, candidate)
    if (signed === undefined || sha256(signed) === hash) {
      const signature = signBody(identity, body)
      if (spec.committee.length > 1) this.#tell(body, hash, round, signature)
      candidate.votes.set(identity.peerId, signature)
    } else {
      this.#context.notice('info', `round ${round}: no vote for ${hash.slice(0, 8)}, another body was signed`)
    }
    for (const [peer, vote] of this.#early.get(hash) ?? []) this.#count(candidate, peer, vote)
    this.#certify(candidate)
  }

  #tell(body: Uint8Array, hash: Hash, round: number, signature: Uint8Array): void {
    const { task, identity } = this.#context
    if (readBody(body).proposer === identity.peerId) {
      const { committee } = this.#context.spec
      const place = committee.findIndex((member) => member.peer === identity.peerId)
      // The first attempt that is ours; after a restart the number it had is no longer known, nor needed.
      const attempt = (((place - round) % committee.length) + committee.length) % committee.length
      this.#context.say('proposal', { task, round, attempt, body })
    }
    this.#context.say('vote', { task, round, body: hash, signature })
  }

  #count(candidate: Candidate, peer: PeerId, signature: Uint8Array): void {
    if (candidate.votes.has(peer) || !verifyVote(peer, candidate.body, signature)) return
    candidate.votes.set(peer, signature)
  }

  #certify(candidate: Candidate): void {
    const { committee } = this.#context.spec
    const signed = powerOf(committee.filter((member) => candidate.votes.has(member.peer)))
    if (signed < quorum(committee)) return
    const votes = [...candidate.votes].map(([voter, bytes]) => ({ peer: voter, signature: bytes }))
    this.#parts.onCertificate(encodeCertificate(candidate.body, votes))
  }

  #isMember(peer: PeerId): boolean {
    return this.#context.spec.committee.some((member) => member.peer === peer)
  }

  #proposerOf(round: number, attempt: number): PeerId {
    const { committee } = this.#context.spec
    return committee[(round + attempt) % committee.length]!.peer
  }
}

function short(peer: PeerId): string {
  return `…${peer.slice(-6)}`
}
