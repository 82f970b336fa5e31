/**
 * One task on one peer: keeps its chain, and runs the parts that this peer plays — contributor, committee member, keeper of
 * backups — each in a room-mate of its own. What is here is how they hang together.
 * @module
 */
import { type Committee, createCommittee, isQuorum, type Verify, verifier } from '../consensus/index.ts'
import type { Exchange } from '../exchange/index.ts'
import {
  type BlobId,
  type Identity,
  messageOf,
  type PeerId,
  type Random,
  second,
  type TaskId,
  verifySignature,
} from '../foundation/index.ts'
import { type Clock, deadline, type Examples, type Network, type Stores, sleep, type Trainer } from '../ports/index.ts'
import type { Sync } from '../sync/index.ts'
import type { EvaluationMessage, PeerStatus, Presence, RejectionReason, TaskSpec } from '../wire/index.ts'
import { Chain } from './chain.ts'
import { Claims, type KnownClaim } from './claims.ts'
import { type Collected, Collecting } from './collecting.ts'
import type { Commit } from './commit.ts'
import { Contributing } from './contributing.ts'
import { DataSource } from './data-source.ts'
import { Deltas } from './deltas.ts'
import { Evaluating } from './evaluating.ts'
import type { PeerEvent } from './events.ts'
import { History } from './history.ts'
import { lookAround } from './look-around.ts'
import type { Membership } from './membership.ts'
import { Models } from './models.ts'
import { Neighbourhood } from './neighbourhood.ts'
import { News } from './news.ts'
import type { SessionContext } from './session-context.ts'
import { TaskTopic, type TopicParts } from './task-topic.ts'
import type { Direct } from './voting/direct.ts'
import { Voting } from './voting/voting.ts'

export interface SessionInit {
  readonly task: TaskId
  readonly spec: TaskSpec
  readonly identity: Identity
  readonly network: Network
  readonly exchange: Exchange
  readonly sync: Sync
  readonly direct: Direct
  readonly stores: Stores
  readonly clock: Clock
  readonly random: Random
  /** Absent: this peer serves and votes, and does not train. */
  readonly trainer?: Trainer
  /** Data of our own, instead of the task's. */
  readonly ownData?: Examples
  /** To evaluate on, instead of the task's. */
  readonly ownTest?: Examples
  /** Evaluates every committed model. */
  readonly evaluator?: Trainer
  /** Committed models kept, the last ones. @defaultValue 3 */
  readonly keepModels?: number
  readonly onChange: () => void
  readonly onEvent: (event: PeerEvent) => void
}

export class TaskSession {
  readonly init: SessionInit
  readonly history: History
  readonly contributing: Contributing | undefined
  /** Bytes of the model that we joined with, by who gave them. */
  joinedFrom: Readonly<Record<PeerId, number>> = {}
  readonly #context: SessionContext
  readonly #stopping = new AbortController()
  readonly #committee: Committee
  readonly #models: Models
  readonly #chain: Chain
  readonly #claims = new Claims()
  readonly #deltas: Deltas
  readonly #topic: TaskTopic
  readonly #neighbourhood: Neighbourhood
  readonly #news: News
  readonly #collecting: Collecting | undefined
  readonly #voting: Voting | undefined
  readonly #data: DataSource | undefined
  readonly #evaluating: Evaluating | undefined
  #ends: (() => void)[] = []
  /** The last model was here when the session was opened. */
  #holdsModel = false
  #works = false
  #lastPhase: Contributing['phase'] | undefined
  #lastCommitAt: number
  #last: Commit | undefined

  /** Opens the chain where the stores left it. Nothing is sent before `start`. */
  static async open(init: SessionInit): Promise<TaskSession> {
    const models = new Models(init.spec, init.exchange)
    const session = new TaskSession(init, models, await models.genesis())
    for (const commit of await session.#chain.open()) {
      session.history.add(commit)
      session.#voting?.past(commit)
      session.#last = commit
    }
    for (const evaluation of await init.stores.ledger.evaluations(init.task, 1, 10_000)) {
      session.history.evaluated(evaluation)
    }
    const { round, model } = session.#chain.head
    session.#holdsModel = (await models.stored(model)) !== undefined
    session.contributing?.feed({ kind: 'head', round, model })
    return session
  }

  private constructor(init: SessionInit, models: Models, genesis: BlobId) {
    this.init = init
    const { identity, clock, spec, task } = init
    this.#models = models
    this.#committee = createCommittee(spec.committee)
    this.#lastCommitAt = clock.now()
    this.history = new History(identity.peerId)
    this.#context = {
      ...init,
      signal: this.#stopping.signal,
      say: (type, value) => this.#topic.say(type, value),
      notice: (level, text) => init.onEvent({ kind: 'notice', level, text }),
    }
    const verify = verifier(verifySignature)
    this.#chain = new Chain({
      ...{ task, spec, genesis, verify, clock },
      committee: this.#committee,
      ledger: init.stores.ledger,
      isMember: this.isMember,
      onCommit: (commit) => this.#onCommit(commit),
    })
    this.#topic = new TaskTopic(this.#context, this.#topicParts())
    this.#neighbourhood = new Neighbourhood(this.#context, {
      own: () => this.#own(),
      head: () => this.head.round,
      onNews: (peer) => void this.#news.ask(peer),
      onGone: (peer) => this.#collecting?.feed({ kind: 'gone', peer }),
      onChange: () => {
        this.contributing?.feed({ kind: 'quorum', reachable: this.quorumReachable })
        init.onChange()
      },
    })
    this.#deltas = new Deltas(this.#context, models, () => [
      identity.peerId,
      ...this.membership.present().map(([peer]) => peer),
    ])
    this.#news = new News(this.#context, {
      sync: init.sync,
      chain: this.#chain,
      claims: this.#claims,
      neighbourhood: this.#neighbourhood,
      onClaim: (claim) => this.#onClaim(claim),
    })
    if (init.evaluator !== undefined && (init.ownTest ?? spec.data.test) !== undefined) {
      this.#evaluating = new Evaluating(this.#context, models, init.evaluator, init.ownTest)
    }
    if (this.isMember) {
      this.#collecting = new Collecting(this.#context, this.#deltas, (collected) => this.#onCollected(collected))
      this.#voting = this.#createVoting(verify)
    }
    if (init.trainer !== undefined) {
      this.#data = new DataSource(this.#context, init.trainer, init.ownData)
      this.contributing = this.#createContributing(init.trainer, this.#data)
    }
  }

  #createVoting(verify: Verify): Voting {
    const { spec, direct } = this.init
    return new Voting(this.#context, {
      committee: this.#committee,
      ...{ verify, direct },
      models: this.#models,
      deltas: this.#deltas,
      head: () => this.#chain.head,
      weightOf: (peer) => this.history.weightOf(peer),
      reputationRoot: () => this.history.reputationRoot,
      claimOf: (id) => this.#news.claim(id),
      claimBy: (peer) => this.#claims.ofRound().find((claim) => claim.contribution.peer === peer),
      base: () => this.#base(),
      score: async (base, result) => {
        return spec.consensus?.veto === undefined ? null : ((await this.#evaluating?.score(base, result)) ?? null)
      },
      commit: (bytes) => this.#commit(bytes),
      committed: async (height) => (await this.#chain.certificatesAfter(height - 1, 1))[0],
      behind: (peer) => void this.#news.ask(peer),
    })
  }

  #createContributing(trainer: Trainer, data: DataSource): Contributing {
    const { identity, network, task, onEvent } = this.init
    return new Contributing(this.#context, {
      models: this.#models,
      deltas: this.#deltas,
      ...{ data, trainer },
      head: () => this.#chain.head,
      holders: (what) => this.#holders(what),
      findHolders: (model) => network.directory.providers(model, 6, this.#within(5 * second)),
      rebuild: (model, signal) => this.#rebuild(model, signal),
      onFetched: (model, sources) => this.#onFetched(model, sources),
      takenShards: () => this.#takenShards(),
      neighbours: () => this.#claims.ofRound().filter((claim) => claim.contribution.peer !== identity.peerId),
      onTrained: (round, { steps, ms }) => onEvent({ kind: 'trained', task, round, steps, ms }),
      onChange: () => this.#onProgress(),
    })
  }

  #topicParts(): TopicParts {
    return {
      validate: {
        presence: ({ from, value }) => (this.#neighbourhood.isFresh(from, value) ? 'accept' : 'ignore'),
        contribution: ({ value }) => {
          const ahead = value.round - this.head.round
          return ahead === 1 || ahead === 2 ? 'accept' : 'ignore'
        },
        commit: ({ value }) => {
          if (value.round <= this.head.round) return 'ignore'
          return this.#chain.doubt(value.commit) === undefined ? 'accept' : 'reject'
        },
        evaluation: ({ from }) => (this.#committee.indexOf.has(from) ? 'accept' : 'reject'),
      },
      deliver: {
        presence: ({ from, value }) => this.#onPresence(from, value),
        contribution: ({ id, value, bytes }) => this.#onClaim({ id, contribution: value, envelope: bytes }),
        commit: ({ from, value }) => void this.#extend(value.commit, from),
        evaluation: ({ from, value }) => this.#onEvaluation(from, value),
      },
      onMalformed: (from) => this.misbehaved(from, 'malformed'),
    }
  }

  get isMember(): boolean {
    return this.#committee.indexOf.has(this.init.identity.peerId)
  }

  get membership(): Membership {
    return this.#neighbourhood.membership
  }

  get head() {
    return this.#chain.head
  }

  get deadline(): number | undefined {
    return this.#collecting?.deadline
  }

  get shard(): number | undefined {
    return this.#data?.shard
  }

  get status(): PeerStatus {
    return this.contributing?.status ?? 'serving'
  }

  /** Messages of the committee that were dropped here, by reason. */
  get refusals(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#voting?.refusals ?? [])
  }

  /** Whether members with more than two thirds of the power were heard of lately. */
  get quorumReachable(): boolean {
    const { members, total } = this.#committee
    const here = members.filter(({ peer }) => {
      const known = this.membership.get(peer)
      return peer === this.init.identity.peerId || (known !== undefined && known.presence.status !== 'leaving')
    })
    return isQuorum(
      here.reduce((sum, { power }) => sum + power, 0),
      total,
    )
  }

  async start(): Promise<void> {
    this.#claims.open(this.head.round + 1)
    this.#ends = [this.#topic.start(), this.#news.start()]
    this.#openRound()
    await this.#voting?.start()
    this.#evaluating?.start()
    if (this.head.round > 0) this.#evaluating?.evaluate(this.head.round, this.head.model)
    this.#ends.push(this.#neighbourhood.start())
    if (this.contributing === undefined) return
    void this.#lookAround().then(() => {
      // Not if somebody paused it meanwhile.
      if (this.contributing?.phase === 'idle') this.contributing.feed({ kind: 'resume' })
    })
  }

  /** Who is here tells what it knows; who lacks the model also waits for neighbours. */
  async #lookAround(): Promise<void> {
    const { clock } = this.init
    const { connected, others } = this.#neighbourhood
    const signal = this.#stopping.signal
    try {
      await Promise.race([
        Promise.allSettled([...connected].map((peer) => this.#news.ask(peer))),
        sleep(clock, second, signal),
      ])
      if (this.head.round > 0 && !this.#holdsModel) await lookAround(others, clock, signal)
    } catch {
      // Stopped meanwhile: `feed` does nothing then.
    }
  }

  async stop(): Promise<void> {
    this.contributing?.stop()
    this.#collecting?.stop()
    this.#voting?.stop()
    for (const end of this.#ends) end()
    await this.#neighbourhood.leave()
    this.#stopping.abort(new Error('left the task'))
  }

  /** Certificates and claims, for those who ask. */
  certificatesAfter(round: number): Promise<Uint8Array[]> {
    return this.#chain.certificatesAfter(round, 64)
  }

  claimEnvelopes(): Uint8Array[] {
    return this.#claims.ofRound().map((claim) => claim.envelope)
  }

  /** What another member says to us alone. @returns whether an honest member may have sent it */
  receive(bytes: Uint8Array, from: PeerId): boolean {
    return this.#voting?.receive(bytes, from) ?? true
  }

  /** A peer broke a protocol. It counts only when it takes part here. */
  misbehaved(peer: PeerId, reason: RejectionReason): void {
    if (this.membership.get(peer) !== undefined) this.#collecting?.feed({ kind: 'misbehaved', peer, reason })
  }

  /** Weights of the last commit whose model is here. */
  async weights(): Promise<Float32Array | undefined> {
    const stored = await this.#models.stored(this.head.model)
    if (stored !== undefined) return stored
    const signal = this.#within(20 * second)
    return (await this.#models.load(this.head.model, { providers: this.#holders('model'), signal })).weights
  }

  #own(): Pick<Presence, 'status' | 'round' | 'role' | 'engine' | 'shard'> {
    return {
      status: this.status,
      round: this.contributing?.heldRound ?? this.head.round,
      role: this.isMember ? 'seed' : 'contributor',
      engine: this.init.trainer?.engine.name ?? 'none',
      ...(this.shard === undefined ? {} : { shard: this.shard }),
    }
  }

  #onEvaluation(peer: PeerId, { model, confusion, ...evaluation }: EvaluationMessage): void {
    const { round } = evaluation
    if (this.history.modelOf(round) !== model) return
    this.history.evaluated(evaluation, confusion)
    const { stores, onEvent, onChange } = this.init
    stores.ledger.saveEvaluation({ ...evaluation, peer }).catch((error: unknown) => {
      this.#context.notice('warning', `the evaluation of round ${round} was not stored: ${messageOf(error)}`)
    })
    onEvent({ kind: 'evaluation', ...evaluation })
    onChange()
  }

  #onPresence(peer: PeerId, presence: Presence): void {
    this.#collecting?.feed({ kind: 'presence', peer, status: presence.status })
    if (peer !== this.init.identity.peerId) this.#neighbourhood.heard(peer, presence)
  }

  #onClaim(claim: KnownClaim): void {
    const { identity } = this.init
    if (!this.#claims.add(claim)) return
    const { peer, round } = claim.contribution
    if (this.isMember) this.#collecting?.feed({ kind: 'claim', claim })
    else if (
      peer !== identity.peerId &&
      round === this.head.round + 1 &&
      this.#deltas.backupsOf(claim).includes(identity.peerId)
    ) {
      void this.#deltas.get(claim)
    }
  }

  #onCollected(collected: Collected): void {
    const { task, onEvent } = this.init
    onEvent({ kind: 'round', task, round: collected.round, phase: 'voting' })
    this.#voting?.close(collected)
  }

  /** A commit that this member has the certificate of: told on only once it is stored. */
  async #commit(bytes: Uint8Array): Promise<void> {
    const { task } = this.init
    if ((await this.#chain.extend([bytes])) !== 'extended') return
    this.#context.say('commit', { task, round: this.head.round, commit: bytes })
  }

  async #extend(commit: Uint8Array, from: PeerId): Promise<void> {
    try {
      if ((await this.#chain.extend([commit])) === 'ahead') await this.#news.ask(from)
    } catch (error) {
      this.#context.notice('warning', `a commit from …${from.slice(-6)} was refused: ${messageOf(error)}`)
    }
  }

  #onCommit(commit: Commit): void {
    const { clock, task, onEvent, onChange } = this.init
    const { round, result, contributions, rejected } = commit.body
    const told = contributions.flatMap(({ id }) => this.#claims.find(id)?.contribution ?? [])
    const examples = told.reduce((sum, one) => sum + one.examples, 0)
    const trainingLoss =
      examples === 0 ? undefined : told.reduce((sum, one) => sum + one.loss * one.examples, 0) / examples
    const mySteps = told.find((one) => one.peer === this.init.identity.peerId)?.steps ?? 0
    this.#last = commit
    this.history.add(commit, { trainingLoss, mySteps })
    const now = clock.now()
    onEvent({
      kind: 'commit',
      task,
      round,
      hash: commit.hash,
      model: result,
      contributors: contributions.map(({ peer }) => peer),
      rejected,
      ...(trainingLoss === undefined ? {} : { trainingLoss }),
      bytes: told.reduce((sum, one) => sum + one.bytes, 0),
      ms: now - this.#lastCommitAt,
    })
    this.#lastCommitAt = now
    this.#claims.open(round + 1)
    this.#voting?.committed(commit)
    this.#openRound()
    this.contributing?.feed({ kind: 'head', round, model: result })
    this.#evaluating?.evaluate(round, result)
    void this.#forget(round)
    onChange()
  }

  #openRound(): void {
    if (this.#collecting === undefined) return
    const { round, model } = this.head
    const { task, onEvent } = this.init
    this.#collecting.open(round + 1, model, this.#models.bytes, this.history.leftOut)
    onEvent({ kind: 'round', task, round: round + 1, phase: 'collecting' })
    this.#collecting.feed({ kind: 'presence', peer: this.init.identity.peerId, status: this.status })
    for (const [peer, { presence }] of this.membership.present()) {
      this.#collecting.feed({ kind: 'presence', peer, status: presence.status })
    }
    for (const claim of this.#claims.ofRound()) this.#collecting.feed({ kind: 'claim', claim })
  }

  async #forget(round: number): Promise<void> {
    const { keepModels = 3, exchange } = this.init
    try {
      await this.#deltas.forget(round)
      const old = this.history.modelOf(round - keepModels)
      if (old !== undefined) await exchange.remove(old)
    } catch (error) {
      if (this.#stopping.signal.aborted) return
      this.#context.notice('warning', `could not free old bytes: ${messageOf(error)}`)
    }
  }

  /** What a member recomputes from: it may have caught up with commits whose models it never had. */
  async #base(): Promise<Float32Array> {
    const { model } = this.head
    const signal = this.#within(this.init.spec.round.fetchMs)
    const providers = this.#holders('model')
    try {
      return (await this.#models.load(model, { providers, signal })).weights
    } catch (error) {
      const made = await this.#rebuild(model, this.#within(this.init.spec.round.fetchMs))
      if (made === undefined) throw error
      return made
    }
  }

  /** The last committed model from the contributions that its commit names. */
  async #rebuild(model: BlobId, signal: AbortSignal): Promise<Float32Array | undefined> {
    const body = this.#last?.body
    return body?.result === model ? this.#deltas.rebuild(body, signal) : undefined
  }

  #onFetched(model: BlobId, sources: ReadonlyMap<PeerId, number>): void {
    const { task, network, onEvent } = this.init
    void network.directory.provide(model, this.#within(10 * second)).catch(() => undefined)
    if (sources.size === 0) return
    const given = Object.fromEntries(sources)
    if (Object.keys(this.joinedFrom).length === 0) this.joinedFrom = given
    onEvent({ kind: 'fetched', task, model, sources: given })
  }

  #within(ms: number): AbortSignal {
    return deadline(this.init.clock, ms, this.#stopping.signal).signal
  }

  #onProgress(): void {
    const { onChange, onEvent, task } = this.init
    const phase = this.contributing?.phase
    if (phase !== this.#lastPhase) {
      this.#lastPhase = phase
      if (phase === 'training') onEvent({ kind: 'round', task, round: this.contributing!.round, phase })
    }
    const works = this.status === 'training' || this.status === 'ready'
    if (works !== this.#works) {
      this.#works = works
      // Others decide by it whether to wait for us: it cannot wait for the next heartbeat.
      this.#neighbourhood.greet()
    }
    onChange()
  }

  #holders(what: 'model' | 'data'): PeerId[] {
    const { identity, spec } = this.init
    const seeds = spec.committee
      .map((member) => member.peer)
      .filter((peer) => this.#neighbourhood.connected.has(peer) && peer !== identity.peerId)
    const others = this.membership
      .present()
      // Presence lags: who works on the task has, or is about to have, the last model; what it lacks it says.
      .filter(
        ([, { presence }]) => presence.status !== 'joining' && (what === 'model' || presence.shard === this.shard),
      )
      .map(([peer]) => peer)
    // Seeds surely have it; a few others, another few each time, share the load.
    return [...new Set([...seeds.slice(0, 2), ...this.init.random.shuffle(others)])].filter(
      (peer) => peer !== identity.peerId,
    )
  }

  #takenShards(): ReadonlyMap<PeerId, number> {
    const taken = new Map<PeerId, number>()
    for (const [peer, { presence }] of this.membership.present()) {
      if (presence.shard !== undefined) taken.set(peer, presence.shard)
    }
    return taken
  }
}
