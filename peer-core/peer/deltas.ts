/**
 * The deltas that contributions name: fetched from the contributor or from those who keep a backup of it, judged, and
 * stored for the length of a round. In memory is what was found of each; the numbers are read again when they are needed.
 * @module
 */
import type { CommitBody } from '../consensus/index.ts'
import type { ExchangeError } from '../exchange/index.ts'
import { type BlobId, type ContributionId, messageOf, type PeerId } from '../foundation/index.ts'
import { deadline } from '../ports/index.ts'
import { type Claim, judgeDelta } from '../round/index.ts'
import { bytesToFloats, type RejectionReason } from '../wire/index.ts'
import { chosen, isDrawn, type Membership } from './membership.ts'
import type { Models } from './models.ts'
import { nextModel } from './next-model.ts'
import { RowCache } from './row-cache.ts'
import type { SessionContext } from './session-context.ts'

/** Peers that pull each contribution as soon as it is announced, so that it outlives the tab that made it. */
const backups = 2
/** Of numbers at hand. */
const mostDecodedBytes = 64 * 1024 * 1024
/** In a crowd each draws for itself, and none is drawn once in fifty times: `e^{-lots}`. */
const lots = 4

type ClaimOf = Pick<Claim, 'id'> & { readonly contribution: { readonly peer: PeerId } }
/**
 * `isProven`: the claim and its bytes say it, so that every honest member finds the same. What a provider did, or what did not
 * arrive, is this peer's own experience: it may be served well where another is lied to, and nobody is accused for it.
 */
export type Judged = { readonly delta: Float32Array } | Refused
type Refused = { readonly reason: RejectionReason; readonly isProven: boolean }

export class Deltas {
  readonly #context: SessionContext
  readonly #models: Models
  readonly #membership: Pick<Membership, 'present' | 'crowd' | 'isListed'>
  /** Who votes now. */
  readonly #members: () => readonly PeerId[]
  /** Under way. */
  readonly #judged = new Map<ContributionId, Promise<Judged>>()
  readonly #settled = new Map<ContributionId, 'good' | Refused>()
  readonly #rows = new RowCache(mostDecodedBytes)
  readonly #blobs = new Map<BlobId, number>()
  /** Under way: a delta of the new round may be the same bytes as one of the last, and must not go with it. */
  #freeing: Promise<void> = Promise.resolve()

  /** @param members - who votes now */
  constructor(
    context: SessionContext,
    models: Models,
    membership: Pick<Membership, 'present' | 'crowd' | 'isListed'>,
    members: () => readonly PeerId[],
  ) {
    this.#context = context
    this.#models = models
    this.#membership = membership
    this.#members = members
  }

  /** Members hold what they judge, and give it to the others of them: who serves one of them serves all. */
  get #committee(): PeerId[] {
    const members = this.#members()
    return members.includes(this.#context.identity.peerId) ? [...members] : []
  }

  get #present(): PeerId[] {
    return [this.#context.identity.peerId, ...this.#membership.present().map(([peer]) => peer)]
  }

  /**
   * Who keeps a copy of this contribution, as far as we know of them: by the common order, or, where there are too many to
   * know them all, by lot. Not the committee: it has them all, until it dies.
   */
  backupsOf({ id, contribution }: ClaimOf): PeerId[] {
    const members = new Set(this.#members())
    const others = this.#present.filter((peer) => peer !== contribution.peer && !members.has(peer))
    const { isListed, crowd } = this.#membership
    return isListed ? chosen(id, others, backups) : others.filter((peer) => isDrawn(id, peer, lots / crowd))
  }

  /** Whether we are one of them. */
  isBackupOf(claim: ClaimOf): boolean {
    const { isListed, crowd } = this.#membership
    const { peerId } = this.#context.identity
    if (claim.contribution.peer === peerId) return false
    return isListed ? this.backupsOf(claim).includes(peerId) : isDrawn(claim.id, peerId, lots / crowd)
  }

  /**
   * The committed model, made again from the contributions that its commit names: what the committee did, bit for bit.
   * @param before - the model before its base, where the task's steps depend on it
   * @returns `undefined` when a model or a contribution is not to be had
   */
  async rebuild(
    { contributions, base, parent, aggregation, result }: CommitBody,
    before: BlobId | undefined,
    signal: AbortSignal,
  ): Promise<Float32Array | undefined> {
    const { exchange, identity } = this.#context
    const weights = await this.#models.stored(base)
    if (weights === undefined) return undefined
    try {
      const fetch = { providers: this.#present.filter((one) => one !== identity.peerId), signal }
      const earlier = before && (await this.#models.load(before, fetch)).weights
      const deltas = await Promise.all(
        contributions.map(async ({ id, delta, peer }) => {
          const likely = [peer, ...this.backupsOf({ id, contribution: { peer } }), ...this.#present]
          const providers = [...new Set(likely)].filter((one) => one !== identity.peerId)
          const { bytes } = await exchange.fetch(delta, { providers, maxBytes: this.#models.bytes, signal })
          return bytesToFloats(bytes, this.#models.parameters)
        }),
      )
      const state = { base: weights, before: earlier, parent }
      const made = await nextModel(this.#context, state, deltas, contributions, aggregation)
      return (await this.#models.save(made)) === result ? made : undefined
    } catch {
      return undefined
    }
  }

  /**
   * Judged once; asking again gives the same answer. Never rejects.
   * @param holder - who says that it has it, asked before all others, whatever is under way with those
   */
  get(claim: Claim, holder?: PeerId): Promise<Judged> {
    const settled = this.#settled.get(claim.id)
    if (settled === 'good') return this.#again(claim, holder)
    if (settled !== undefined) return Promise.resolve(settled)
    const known = this.#judged.get(claim.id)
    if (known !== undefined && holder === undefined) return known
    const judged = this.#fetch(claim, holder)
    this.#judged.set(claim.id, judged)
    void judged.then((result) => {
      // Its round was forgotten meanwhile, or another fetch took its place.
      if (this.#judged.get(claim.id) !== judged) return
      this.#judged.delete(claim.id)
      if ('delta' in result) this.#settled.set(claim.id, 'good')
      // What was not to be had now, or came wrong, may come right from someone else.
      else if (result.isProven) this.#settled.set(claim.id, result)
    })
    return judged
  }

  /** What was found good before. */
  async #again(claim: Claim, holder: PeerId | undefined): Promise<Judged> {
    const { delta: blob } = claim.contribution
    const row = this.#rows.get(blob)
    if (row !== undefined) return { delta: row }
    const bytes = await this.#context.exchange.read(blob).catch(() => undefined)
    if (bytes !== undefined) return { delta: this.#decoded(blob, bytes) }
    // The store let it go.
    this.#settled.delete(claim.id)
    return this.get(claim, holder)
  }

  #decoded(blob: BlobId, bytes: Uint8Array): Float32Array {
    const delta = bytesToFloats(bytes, this.#models.parameters)
    this.#rows.put(blob, delta)
    return delta
  }

  /** Frees the deltas of rounds before `round`. */
  forget(round: number): Promise<void> {
    this.#judged.clear()
    this.#settled.clear()
    this.#rows.clear()
    this.#freeing = this.#free(round)
    return this.#freeing
  }

  async #free(round: number): Promise<void> {
    for (const [blob, of] of this.#blobs) {
      if (of >= round) continue
      this.#blobs.delete(blob)
      await this.#context.exchange.remove(blob).catch((error: unknown) => {
        this.#context.notice('warning', `could not free old bytes: ${messageOf(error)}`)
      })
    }
  }

  /** Our own delta: stored, to be pulled. */
  async publish(bytes: Uint8Array, round: number): Promise<BlobId> {
    await this.#freeing
    const blob = await this.#context.exchange.publish(bytes)
    this.#blobs.set(blob, round)
    return blob
  }

  async #fetch(claim: Claim, holder: PeerId | undefined): Promise<Judged> {
    const { exchange, clock, spec, signal, identity } = this.#context
    const { delta, peer, round } = claim.contribution
    // A model or a shard passed off as a delta, which would be deleted with the deltas of its round.
    const { train, test } = spec.data
    if ([claim.contribution.base, test?.blob, ...train.map((shard) => shard.blob)].includes(delta)) {
      return { reason: 'malformed', isProven: true }
    }
    await this.#freeing
    const limit = deadline(clock, spec.round.fetchMs, signal)
    // Only what came here as a delta is freed again.
    const isOurs = this.#blobs.has(delta) || !(await exchange.has(delta).catch(() => true))
    if (isOurs) this.#blobs.set(delta, round)
    try {
      const likely = [...(holder === undefined ? [] : [holder]), peer, ...this.backupsOf(claim), ...this.#committee]
      const providers = [...new Set(likely)].filter((one) => one !== identity.peerId)
      const options = { providers, maxBytes: this.#models.bytes, signal: limit.signal }
      const { bytes } = await exchange.fetch(delta, options)
      const judged = judgeDelta(bytes, this.#models.parameters, spec.aggregation.maxNorm)
      if (!('delta' in judged)) return { ...judged, isProven: true }
      this.#rows.put(delta, judged.delta)
      return judged
    } catch (error) {
      return reasonOf(error as ExchangeError, peer)
    } finally {
      limit.clear()
    }
  }
}

function reasonOf(error: Partial<ExchangeError>, contributor: PeerId): Refused {
  switch (error.fault?.code) {
    // Both are read from the manifest, whose hash the claim names.
    case 'TOO_LARGE':
      return { reason: 'wrong-size', isProven: true }
    case 'BAD_MANIFEST':
      return { reason: 'malformed', isProven: true }
    case 'INCOMPLETE': {
      const seen = error.fault.misbehaviour.find((one) => one.peer === contributor)
      return { reason: seen?.what ?? 'unavailable', isProven: false }
    }
    default:
      return { reason: 'unavailable', isProven: false }
  }
}
