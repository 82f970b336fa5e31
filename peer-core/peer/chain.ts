/**
 * The chain of commits of one task as this peer knows it: every certificate is verified before it is believed, stored
 * before it is told on. One append at a time.
 * @module
 */
import { type Hash, messageOf, sha256, type TaskId, utf8ToBytes } from '../foundation/index.ts'
import type { Clock, LedgerStore } from '../ports/index.ts'
import { type Commit, checkFollows, type Parent, readBody, verifyCertificate } from '../round/index.ts'
import { certificateSchema, decode, limits, type TaskSpec } from '../wire/index.ts'

export type Appended = 'appended' | 'known' | 'ahead'

export interface ChainComponents {
  readonly ledger: LedgerStore
  readonly clock: Clock
}

export class Chain {
  readonly #task: TaskId
  readonly #spec: TaskSpec
  readonly #components: ChainComponents
  readonly #onCommit: (commit: Commit) => void
  #head: Parent
  #queue: Promise<unknown> = Promise.resolve()

  /** @param genesis - hash of the initial weights' blob */
  constructor(
    task: TaskId,
    spec: TaskSpec,
    genesis: Hash,
    components: ChainComponents,
    onCommit: (commit: Commit) => void,
  ) {
    this.#task = task
    this.#spec = spec
    this.#components = components
    this.#onCommit = onCommit
    this.#head = { task, round: 0, hash: genesisHash(task), model: genesis }
  }

  get head(): Parent {
    return this.#head
  }

  /** Goes on where the ledger ends. @returns all stored commits, ascending */
  async open(): Promise<Commit[]> {
    const commits: Commit[] = []
    for (;;) {
      const page = await this.#components.ledger.commits(this.#task, commits.length + 1, 256)
      // Our own ledger: verified when it was appended.
      for (const { bytes } of page) {
        const certificate = decode(certificateSchema, bytes, limits.gossipBytes)
        const body = readBody(certificate.body)
        commits.push({ body, hash: sha256(certificate.body), certificate, bytes })
      }
      if (page.length < 256) break
    }
    const last = commits.at(-1)
    if (last !== undefined) this.#advance(last)
    return commits
  }

  /**
   * @returns `ahead` when rounds between the head and this one are missing
   * @throws {@link CommitError}, {@link WireError} when it cannot be believed; {@link StoreError} when it was not stored
   */
  append(bytes: Uint8Array): Promise<Appended> {
    const next = this.#queue.then(() => this.#append(bytes))
    this.#queue = next.catch(() => undefined)
    return next
  }

  /** Whether the certificate alone can be believed, without looking at what we have. @returns why not */
  doubt(bytes: Uint8Array): string | undefined {
    try {
      verifyCertificate(bytes, this.#task, this.#spec.committee)
      return undefined
    } catch (error) {
      return messageOf(error)
    }
  }

  async certificatesAfter(round: number, most: number): Promise<Uint8Array[]> {
    const stored = await this.#components.ledger.commits(this.#task, round + 1, most)
    return stored.map((commit) => commit.bytes)
  }

  async #append(bytes: Uint8Array): Promise<Appended> {
    const commit = verifyCertificate(bytes, this.#task, this.#spec.committee)
    const { body, hash } = commit
    if (body.round <= this.#head.round) return 'known'
    if (body.round > this.#head.round + 1) return 'ahead'
    checkFollows(body, this.#head)
    await this.#components.ledger.append({
      task: this.#task,
      round: body.round,
      hash,
      model: body.model,
      contributors: body.contributions.length,
      rejected: body.rejected.length,
      at: this.#components.clock.now(),
      bytes,
    })
    this.#advance(commit)
    this.#onCommit(commit)
    return 'appended'
  }

  #advance({ body, hash }: Commit): void {
    this.#head = { task: this.#task, round: body.round, hash, model: body.model }
  }
}

/** What the first commit names as its parent. */
function genesisHash(task: TaskId): Hash {
  return sha256(utf8ToBytes(`zen-mesh/genesis/1/${task}`))
}
