/**
 * The chain of commits of one task as this peer knows it: every certificate is verified before it is believed, stored
 * before it is told on. One extension at a time.
 *
 * Trust begins with the committee that the task itself names; each body names who votes on the next. A run of commits is verified as a light client does
 * (consensus/light-verifier.ts): by the certificate of its last one and the parent hashes below; a member of the
 * committee, whose word others rest on, checks every certificate, and no commit is too old for it to go on from.
 * @module
 */
import {
  type Commit as CertifiedCommit,
  committeeAfter,
  decodeBody,
  decodeCommit,
  type LightBlock,
  type LightOptions,
  lightOptions,
  readBlock,
  type Trusted,
  trustGenesis,
  type Verify,
  verifyCertificate,
  verifyRun,
} from '../consensus/index.ts'
import { type Hash, hour, sha256, type TaskId, utf8ToBytes } from '../foundation/index.ts'
import type { Clock, LedgerStore, Verdict } from '../ports/index.ts'
import { CommitError, checkFollows, type Parent } from '../round/index.ts'
import { consensusRulesSchema, limits, type TaskSpec } from '../wire/index.ts'
import type { Commit } from './commit.ts'
import type { Committees } from './committees.ts'

export type Extended = 'extended' | 'known' | 'ahead'

export interface ChainComponents {
  readonly task: TaskId
  readonly spec: TaskSpec
  readonly committees: Committees
  readonly verify: Verify
  /** hash of the initial weights' blob */
  readonly genesis: Hash
  readonly ledger: LedgerStore
  readonly clock: Clock
  /** Whether others rest on what is stored here. */
  isMember(): boolean
  readonly onCommit: (commit: Commit) => void
}

export class Chain {
  readonly #components: ChainComponents
  #options: LightOptions
  readonly #genesis: Trusted
  #trusted: Trusted
  #head: Parent
  #queue: Promise<unknown> = Promise.resolve()

  constructor(components: ChainComponents) {
    const { task, spec, committees, verify, genesis } = components
    const { trustingDays, election } = spec.consensus ?? consensusRulesSchema.parse({})
    this.#components = components
    this.#options = lightOptions({
      task,
      verify,
      trustingPeriod: trustingDays * 24 * hour,
      clockDrift: limits.clockSkewMs,
      epochLength: election?.epochLength,
    })
    const hash = genesisHash(task)
    this.#genesis = trustGenesis(task, hash, committees.current, spec.created)
    this.#trusted = this.#genesis
    this.#head = { task, round: 0, hash, model: genesis, time: spec.created }
  }

  get head(): Parent {
    return this.#head
  }

  /** Goes on where the ledger ends. @returns all stored commits, ascending */
  async open(): Promise<Commit[]> {
    const { ledger, task } = this.#components
    const commits: Commit[] = []
    for (;;) {
      const page = await ledger.commits(task, commits.length + 1, 256)
      // Our own ledger: verified when it was appended.
      for (const { bytes, round } of page) commits.push(storedCommit(bytes, round))
      if (page.length < 256) break
    }
    for (const commit of commits) this.#advance(commit)
    if (commits.length === 0) this.#trustFromNow()
    return commits
  }

  /**
   * @param run - encoded commits, ascending by one; those that are known already are passed over
   * @returns `ahead` when rounds between the head and the first one are missing
   * @throws {@link CommitError}, {@link ConsensusError} when it cannot be believed; {@link StoreError} when it was not stored
   */
  extend(run: readonly Uint8Array[]): Promise<Extended> {
    const next = this.#queue.then(() => this.#extend(run))
    this.#queue = next.catch(() => undefined)
    return next
  }

  /** Whether the certificate alone can be believed; `ignore` when it is of a committee that we have not heard of. */
  judge(bytes: Uint8Array): Verdict {
    try {
      const block = this.blockOf(decodeCommit(bytes))
      const isKnown = decodeBody(block.body).committee === block.committee.hash
      if (!isKnown && block.certificate.height > this.#head.round + 1) return 'ignore'
      const read = readBlock(block, this.#options)
      const verdict = read.ok ? verifyCertificate(block.certificate, block.committee, this.#options.verify) : read
      return verdict.ok ? 'accept' : 'reject'
    } catch {
      return 'reject'
    }
  }

  get lightOptions(): LightOptions {
    return this.#options
  }

  /** Commits on the way to the head, ever closer together and the head last: along them a fork is looked for. */
  async trace(): Promise<Trusted[]> {
    const { round } = this.#head
    const steps = [32, 16, 8, 4, 2, 1, 0].map((back) => round - back).filter((height) => height > 0)
    const pages = await Promise.all(steps.map((height) => this.certificatesAfter(height - 1, 1)))
    const stored = pages.flat().map((bytes) => this.#trustedOf(decodeCommit(bytes)))
    return [this.#genesis, ...stored]
  }

  /** @param known - hash of one that need not be told */
  async certificatesAfter(round: number, most: number, known?: Hash): Promise<Uint8Array[]> {
    const { ledger, task } = this.#components
    const stored = await ledger.commits(task, round + 1, most)
    return stored.filter(({ hash }) => hash !== known).map((commit) => commit.bytes)
  }

  /** Of a task that is new here, the link was handed over now, however long ago the task was made. */
  #trustFromNow(): void {
    const { clock, spec } = this.#components
    const age = Math.max(0, clock.now() - spec.created)
    this.#options = { ...this.#options, trustingPeriod: this.#options.trustingPeriod + age }
  }

  /** A member goes on from where it and the others stopped, however long that is ago: it needs nobody to vouch for them. */
  get #optionsHere(): LightOptions {
    return this.#components.isMember() ? { ...this.#options, trustingPeriod: Number.POSITIVE_INFINITY } : this.#options
  }

  async #extend(run: readonly Uint8Array[]): Promise<Extended> {
    const { ledger, task, clock, isMember, onCommit } = this.#components
    const decoded = run.map((bytes) => ({ bytes, ...decodeCommit(bytes) }))
    const fresh = decoded.filter(({ certificate }) => certificate.height > this.#head.round)
    if (fresh[0] === undefined) return 'known'
    if (fresh[0].certificate.height > this.#head.round + 1) return 'ahead'
    const verdict = verifyRun(this.#trusted, this.#blocksOf(fresh), clock.now(), this.#optionsHere, isMember())
    if (!verdict.ok) throw new CommitError({ code: 'UNPROVEN', fault: verdict.fault }, verdict.fault.code)
    for (const one of fresh) {
      const commit = commitOf(one, one.bytes)
      checkFollows(commit.body, this.#head)
      await ledger.append({
        task,
        round: commit.body.round,
        hash: commit.hash,
        model: commit.body.result,
        contributors: commit.body.contributions.length,
        rejected: commit.body.rejected.length,
        at: clock.now(),
        bytes: one.bytes,
      })
      this.#advance(commit)
      onCommit(commit)
    }
    return 'extended'
  }

  /** Of a run above the head: each body names who signs after it. */
  #blocksOf(run: readonly CertifiedCommit[]): LightBlock[] {
    let committee = this.#components.committees.current
    return run.map(({ body, certificate }) => {
      const block = { body, certificate, committee }
      committee = committeeAfter(decodeBody(body), committee)
      return block
    })
  }

  #advance({ body, hash, certified }: Commit): void {
    const { task, committees } = this.#components
    this.#head = { task, round: body.round, hash, model: body.result, time: body.time }
    this.#trusted = this.#trustedOf(certified)
    committees.add(body)
  }

  #trustedOf(commit: CertifiedCommit): Trusted {
    const { committee } = this.blockOf(commit)
    return { header: decodeBody(commit.body), value: commit.certificate.value, committee }
  }

  /** With the committee of its height, as our own commits name it. */
  blockOf({ body, certificate }: CertifiedCommit): LightBlock {
    return { body, certificate, committee: this.#components.committees.at(certificate.height) }
  }
}

function storedCommit(bytes: Uint8Array, round: number): Commit {
  try {
    return commitOf(decodeCommit(bytes), bytes)
  } catch (cause) {
    const why = `the stored commit of round ${round} cannot be read: it is of another version, or broken`
    throw new CommitError({ code: 'UNREADABLE', round }, why, { cause })
  }
}

function commitOf({ body, certificate }: CertifiedCommit, bytes: Uint8Array): Commit {
  return { body: decodeBody(body), hash: certificate.value, certified: { body, certificate }, bytes }
}

/** What the first commit names as its parent. */
export function genesisHash(task: TaskId): Hash {
  return sha256(utf8ToBytes(`zen-mesh/genesis/1/${task}`))
}
