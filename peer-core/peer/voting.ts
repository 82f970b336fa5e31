/**
 * The committee's part of a round, first version: the proposer of the attempt puts forward a commit, every member
 * recomputes it bit for bit before it signs, and whoever holds signatures of more than two thirds of the power has the
 * certificate.
 *
 * Safety: a member signs one body a round, ever; what it signed is stored before it is sent. Two certificates of one
 * round would need a member that signed twice. Liveness: the proposer changes with every attempt; members that signed
 * different bodies can leave a round without a quorum, which the locking of full BFT resolves.
 * @module
 */
import { type Hash, messageOf, type PeerId, second, sha256, utf8ToBytes } from '../foundation/index.ts'
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
import { type CommitBody, encode, type Proposal, type Vote } from '../wire/index.ts'
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
    await this.#adopt(hash, proposal.body, proposal.round)
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
  }

  #startAttempt(attempt: number): void {
    const { clock, spec, identity } = this.#context
    const round = this.#parts.head().round + 1
    if (this.#collected?.round !== round) return
    this.#attempt = attempt
    this.#cancelAttempt()
    this.#cancelAttempt = clock.after(spec.round.fetchMs + 5 * second, () => this.#startAttempt(attempt + 1))
    if (this.#proposerOf(round, attempt) === identity.peerId) {
      void this.#propose(this.#collected).catch((error) => {
        this.#context.notice('warning', `round ${round}: could not propose: ${messageOf(error)}`)
      })
    }
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
    if (spec.committee.length > 1) {
      this.#context.say('proposal', { task, round: body.round, attempt: this.#attempt, body: bytes })
    }
    await this.#adopt(sha256(bytes), bytes, body.round)
  }

  /** @throws when the body is not what an honest proposer would have put forward */
  async #recompute(body: CommitBody, head: Parent, from: PeerId): Promise<void> {
    checkFollows(body, head)
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

  /** Signs the body unless another of its round was signed, and counts the votes that came before it. */
  async #adopt(hash: Hash, body: Uint8Array, round: number): Promise<void> {
    const { identity, stores, task } = this.#context
    const candidate: Candidate = { body, votes: new Map() }
    this.#candidates.set(hash, candidate)
    const key = `signed/${task}/${String(round).padStart(10, '0')}`
    const signed = await stores.records.get(key)
    if (signed === undefined || new TextDecoder().decode(signed) === hash) {
      await stores.records.put(key, utf8ToBytes(hash))
      const signature = signBody(identity, body)
      if (this.#context.spec.committee.length > 1) this.#context.say('vote', { task, round, body: hash, signature })
      this.#count(candidate, identity.peerId, signature)
    }
    for (const [peer, signature] of this.#early.get(hash) ?? []) this.#count(candidate, peer, signature)
  }

  #count(candidate: Candidate, peer: PeerId, signature: Uint8Array): void {
    const { committee } = this.#context.spec
    if (candidate.votes.has(peer) || !verifyVote(peer, candidate.body, signature)) return
    const before = powerOf(committee.filter((member) => candidate.votes.has(member.peer)))
    candidate.votes.set(peer, signature)
    const signed = powerOf(committee.filter((member) => candidate.votes.has(member.peer)))
    const needed = quorum(committee)
    if (before >= needed || signed < needed) return
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
