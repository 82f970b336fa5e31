/**
 * One task on one peer: listens to its topic, keeps its chain, and runs the parts this peer plays — contributor,
 * committee member, keeper of backups. Every message passes `validate` before it is forwarded and `deliver` after.
 * @module
 */
import type { Exchange } from '../exchange/index.ts'
import {
  type BlobId,
  type Identity,
  messageOf,
  type PeerId,
  type Random,
  second,
  type TaskId,
} from '../foundation/index.ts'
import {
  type Clock,
  deadline,
  type Examples,
  type Network,
  type Stores,
  sleep,
  type Trainer,
  type Verdict,
} from '../ports/index.ts'
import { type Commit, quorum } from '../round/index.ts'
import type { Sync } from '../sync/index.ts'
import {
  type CommitBody,
  controlTopic,
  type EvaluationMessage,
  limits,
  type PeerStatus,
  type Presence,
  type RejectionReason,
  seal,
  type TaskSpec,
} from '../wire/index.ts'
import { Chain } from './chain.ts'
import { Claims, type KnownClaim } from './claims.ts'
import { type Collected, Collecting } from './collecting.ts'
import { Contributing } from './contributing.ts'
import { DataSource } from './data-source.ts'
import { Deltas } from './deltas.ts'
import { Evaluating } from './evaluating.ts'
import type { PeerEvent } from './events.ts'
import { History } from './history.ts'
import { lookAround } from './look-around.ts'
import { Membership } from './membership.ts'
import { type Message, readMessage } from './message.ts'
import { Models } from './models.ts'
import type { SessionContext } from './session-context.ts'
import { Voting } from './voting.ts'

const heartbeatMs = 5 * second
/** Between two questions to a random member: what gossip lost is made good within a few of these. */
const antiEntropyMs = 4 * second
/** A member whose connection broke has this long to come back before a round stops waiting for it. */
const returnMs = 7 * second
/** A newcomer is answered with a presence, but many newcomers with one. */
const greetMs = 300
/** Between two dials of one member. */
const redialMs = 30 * second

export interface SessionInit {
  readonly task: TaskId
  readonly spec: TaskSpec
  readonly identity: Identity
  readonly network: Network
  readonly exchange: Exchange
  readonly sync: Sync
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
  readonly membership: Membership
  readonly history: History
  readonly contributing: Contributing | undefined
  /** Bytes of the model that we joined with, by who gave them. */
  joinedFrom: Readonly<Record<PeerId, number>> = {}
  readonly #context: SessionContext
  readonly #stopping = new AbortController()
  readonly #models: Models
  readonly #chain: Chain
  readonly #claims = new Claims()
  readonly #deltas: Deltas
  readonly #collecting: Collecting | undefined
  readonly #voting: Voting | undefined
  readonly #data: DataSource | undefined
  readonly #evaluating: Evaluating | undefined
  readonly #read = new WeakMap<Uint8Array, Message>()
  #connected: ReadonlySet<PeerId> = new Set()
  #unsubscribe: (() => void)[] = []
  readonly #redialAt = new Map<PeerId, number>()
  #dialling = 0
  #greeting = false
  /** The last model was here when the session was opened. */
  #holdsModel = false
  #works = false
  #lastPhase: Contributing['phase'] | undefined
  #lastCommitAt: number
  #lastBody: CommitBody | undefined

  /** Opens the chain where the stores left it. Nothing is sent before `start`. */
  static async open(init: SessionInit): Promise<TaskSession> {
    const models = new Models(init.spec, init.exchange)
    const session = new TaskSession(init, models, await models.genesis())
    for (const commit of await session.#chain.open()) session.history.add(commit)
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
    this.#lastCommitAt = clock.now()
    this.membership = new Membership(identity.peerId)
    this.history = new History(identity.peerId)
    this.#context = {
      ...init,
      signal: this.#stopping.signal,
      say: (type, value) => this.#say(type, value),
      notice: (level, text) => init.onEvent({ kind: 'notice', level, text }),
    }
    this.#chain = new Chain(task, spec, genesis, { ledger: init.stores.ledger, clock }, (commit) =>
      this.#onCommit(commit),
    )
    this.#deltas = new Deltas(this.#context, models, () => [
      identity.peerId,
      ...this.membership.present().map(([peer]) => peer),
    ])
    if (this.isMember) {
      this.#collecting = new Collecting(this.#context, this.#deltas, (collected) => this.#onCollected(collected))
      this.#voting = new Voting(this.#context, {
        models,
        deltas: this.#deltas,
        head: () => this.#chain.head,
        weightOf: (peer) => this.history.weightOf(peer),
        claimOf: (id, from) => this.#claimOf(id, from),
        onCertificate: (bytes) => this.#onCertificate(bytes),
      })
    }
    if (init.evaluator !== undefined && (init.ownTest ?? spec.data.test) !== undefined) {
      this.#evaluating = new Evaluating(this.#context, models, init.evaluator, init.ownTest)
    }
    if (init.trainer !== undefined) {
      this.#data = new DataSource(this.#context, init.trainer, init.ownData)
      this.contributing = new Contributing(this.#context, {
        models,
        deltas: this.#deltas,
        data: this.#data,
        trainer: init.trainer,
        head: () => this.#chain.head,
        holders: (what) => this.#holders(what),
        findHolders: (model) => init.network.directory.providers(model, 6, this.#within(5 * second)),
        rebuild: async (model, signal) =>
          this.#lastBody?.model === model ? this.#deltas.rebuild(this.#lastBody, signal) : undefined,
        onFetched: (model, sources) => this.#onFetched(model, sources),
        takenShards: () => this.#takenShards(),
        neighbours: () => this.#claims.ofRound().filter((claim) => claim.contribution.peer !== identity.peerId),
        onTrained: (round, { steps, ms }) => init.onEvent({ kind: 'trained', task, round, steps, ms }),
        onChange: () => this.#onProgress(),
      })
    }
  }

  get isMember(): boolean {
    return this.init.spec.committee.some((member) => member.peer === this.init.identity.peerId)
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

  /** Whether members with more than two thirds of the power were heard of lately. */
  get quorumReachable(): boolean {
    const { committee } = this.init.spec
    let power = 0
    for (const member of committee) {
      const known = this.membership.get(member.peer)
      const here = member.peer === this.init.identity.peerId || (known && known.presence.status !== 'leaving')
      if (here) power += member.power
    }
    return power >= quorum(committee)
  }

  async start(): Promise<void> {
    const { network, clock, task } = this.init
    this.#claims.open(this.head.round + 1)
    this.#unsubscribe = [
      network.gossip.subscribe(controlTopic(task), {
        validate: (data, from) => this.#validate(data, from),
        deliver: (data) => this.#deliver(this.#read.get(data) ?? readMessage(data, task)),
      }),
      network.onConnections(() => this.#onConnections()),
      every(clock, heartbeatMs, () => this.#beat()),
      every(clock, antiEntropyMs, () => this.#askSomeone()),
    ]
    this.#openRound()
    await this.#voting?.resume()
    await this.#evaluating?.start()
    if (this.head.round > 0) this.#evaluating?.evaluate(this.head.round, this.head.model)
    this.#onConnections()
    this.#beat()
    if (this.contributing === undefined) return
    void this.#lookAround().then(() => {
      // Not if somebody paused it meanwhile.
      if (this.contributing?.phase === 'idle') this.contributing.feed({ kind: 'resume' })
    })
  }

  /** Who is here tells what it knows; who lacks the model also waits for neighbours. */
  async #lookAround(): Promise<void> {
    const { clock, spec } = this.init
    const signal = this.#stopping.signal
    const seeds = new Set(spec.committee.map((member) => member.peer))
    const others = () => this.membership.present().filter(([peer]) => !seeds.has(peer))
    try {
      await Promise.race([
        Promise.allSettled([...this.#connected].map((peer) => this.#ask(peer))),
        sleep(clock, second, signal),
      ])
      if (this.head.round === 0 || this.#holdsModel) return
      const around = {
        known: () => others().length,
        connected: () => others().filter(([peer]) => this.#connected.has(peer)).length,
        dialling: () => this.#dialling,
      }
      await lookAround(around, clock, signal)
    } catch {
      // Stopped meanwhile: `feed` does nothing then.
    }
  }

  async stop(): Promise<void> {
    this.contributing?.stop()
    this.#collecting?.stop()
    this.#voting?.reset()
    for (const end of this.#unsubscribe) end()
    const goodbye = seal(this.init.identity, 'presence', this.#presence('leaving')).bytes
    await this.init.network.gossip.publish(controlTopic(this.init.task), goodbye).catch(() => undefined)
    this.#stopping.abort(new Error('left the task'))
  }

  /** Certificates and claims, for those who ask. */
  certificatesAfter(round: number): Promise<Uint8Array[]> {
    return this.#chain.certificatesAfter(round, 64)
  }

  claimEnvelopes(): Uint8Array[] {
    return this.#claims.ofRound().map((claim) => claim.envelope)
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

  #presence(status: PeerStatus): Presence {
    const { task, clock, network, trainer } = this.init
    return {
      task,
      at: clock.now(),
      status,
      round: this.contributing?.heldRound ?? this.head.round,
      role: this.isMember ? 'seed' : 'contributor',
      engine: trainer?.engine.name ?? 'none',
      ...(this.shard === undefined ? {} : { shard: this.shard }),
      addresses: network
        .addresses()
        .filter((address) => address.length <= limits.addressCharacters)
        .slice(0, limits.addresses),
    }
  }

  #beat(): void {
    const { clock, network } = this.init
    for (const peer of this.membership.sweep(clock.now())) {
      this.#redialAt.delete(peer)
      this.#collecting?.feed({ kind: 'gone', peer })
    }
    this.#say('presence', this.#presence(this.status))
    this.contributing?.feed({ kind: 'quorum', reachable: this.quorumReachable })
    for (const [peer, { presence }] of this.membership.toDial(this.#connected)) {
      if (clock.now() < (this.#redialAt.get(peer) ?? 0)) continue
      // Anyone may name any address: one that did not answer is left alone for a while.
      this.#redialAt.set(peer, clock.now() + redialMs)
      this.#dialling++
      void network
        .dial(peer, presence.addresses, this.#within(20 * second))
        .catch(() => undefined)
        .finally(() => this.#dialling--)
    }
    this.init.onChange()
  }

  #say(type: Message['type'], value: object): void {
    const { identity, network, task } = this.init
    const { bytes } = seal(identity, type, value)
    void network.gossip.publish(controlTopic(task), bytes).catch((error: unknown) => {
      if (this.#stopping.signal.aborted) return
      this.#context.notice('warning', `could not publish ${type}: ${messageOf(error)}`)
    })
    if (type === 'contribution' || type === 'presence' || type === 'evaluation') this.#deliver(readMessage(bytes, task))
  }

  #validate(data: Uint8Array, from: PeerId): Verdict {
    let message: Message
    try {
      message = readMessage(data, this.init.task)
    } catch {
      this.misbehaved(from, 'malformed')
      return 'reject'
    }
    this.#read.set(data, message)
    const { now } = this.init.clock
    switch (message.type) {
      case 'presence': {
        const known = this.membership.get(message.from)
        const late = Math.abs(message.value.at - now()) > limits.clockSkewMs
        return late || (known && known.presence.at >= message.value.at) ? 'ignore' : 'accept'
      }
      case 'contribution': {
        const ahead = message.value.round - this.head.round
        return ahead === 1 || ahead === 2 ? 'accept' : 'ignore'
      }
      case 'commit':
        if (message.value.round <= this.head.round) return 'ignore'
        return this.#chain.doubt(message.value.certificate) === undefined ? 'accept' : 'reject'
      case 'proposal':
      case 'vote':
      case 'evaluation':
        return this.init.spec.committee.some((member) => member.peer === message.from) ? 'accept' : 'reject'
      default:
        return message satisfies never
    }
  }

  #deliver(message: Message): void {
    const { from } = message
    switch (message.type) {
      case 'presence':
        this.#onPresence(from, message.value)
        return
      case 'contribution':
        this.#onClaim({ id: message.id, contribution: message.value, envelope: message.bytes })
        return
      case 'commit':
        void this.#append(message.value.certificate, from)
        return
      case 'proposal':
        void this.#voting?.onProposal(from, message.value).catch((error: unknown) => {
          this.#context.notice('warning', `proposal: ${messageOf(error)}`)
        })
        return
      case 'vote':
        this.#voting?.onVote(from, message.value)
        return
      case 'evaluation':
        this.#onEvaluation(from, message.value)
        return
      default:
        message satisfies never
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
    const { clock, identity } = this.init
    this.#collecting?.feed({ kind: 'presence', peer, status: presence.status })
    if (peer === identity.peerId) return
    const unknown = this.membership.get(peer) === undefined
    if (!this.membership.heard(peer, presence, clock.now())) return
    if (unknown) this.#greet()
    if (presence.round > this.head.round && this.#connected.has(peer)) void this.#ask(peer)
    this.contributing?.feed({ kind: 'quorum', reachable: this.quorumReachable })
    this.init.onChange()
  }

  #greet(): void {
    if (this.#greeting) return
    this.#greeting = true
    this.init.clock.after(greetMs, () => {
      this.#greeting = false
      if (!this.#stopping.signal.aborted) this.#beat()
    })
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

  #onCertificate(bytes: Uint8Array): void {
    const { task } = this.init
    const round = this.head.round + 1
    this.#chain.append(bytes).then(
      // Told on only once it is stored.
      () => this.#say('commit', { task, round, certificate: bytes }),
      (error: unknown) => this.#context.notice('warning', `round ${round} was not stored: ${messageOf(error)}`),
    )
  }

  async #append(certificate: Uint8Array, from: PeerId): Promise<void> {
    try {
      if ((await this.#chain.append(certificate)) === 'ahead') await this.#ask(from)
    } catch (error) {
      this.#context.notice('warning', `a commit from …${from.slice(-6)} was refused: ${messageOf(error)}`)
    }
  }

  #onCommit(commit: Commit): void {
    const { clock, task, onEvent, onChange } = this.init
    const { round, model, contributions, rejected } = commit.body
    const told = contributions.flatMap(({ id }) => this.#claims.find(id)?.contribution ?? [])
    const examples = told.reduce((sum, one) => sum + one.examples, 0)
    const trainingLoss =
      examples === 0 ? undefined : told.reduce((sum, one) => sum + one.loss * one.examples, 0) / examples
    const mySteps = told.find((one) => one.peer === this.init.identity.peerId)?.steps ?? 0
    this.#lastBody = commit.body
    this.history.add(commit, { trainingLoss, mySteps })
    const now = clock.now()
    onEvent({
      kind: 'commit',
      task,
      round,
      hash: commit.hash,
      model,
      contributors: contributions.map(({ peer }) => peer),
      rejected,
      ...(trainingLoss === undefined ? {} : { trainingLoss }),
      bytes: told.reduce((sum, one) => sum + one.bytes, 0),
      ms: now - this.#lastCommitAt,
    })
    this.#lastCommitAt = now
    this.#claims.open(round + 1)
    this.#voting?.reset()
    this.#openRound()
    this.contributing?.feed({ kind: 'head', round, model })
    this.#evaluating?.evaluate(round, model)
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
      this.#greet()
    }
    onChange()
  }

  #holders(what: 'model' | 'data'): PeerId[] {
    const { identity, spec } = this.init
    const seeds = spec.committee.map((member) => member.peer).filter((peer) => this.#connected.has(peer))
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

  #onConnections(): void {
    const { network, clock } = this.init
    const before = this.#connected
    this.#connected = new Set(network.connections().map(({ peer }) => peer))
    for (const peer of before) {
      if (this.#connected.has(peer)) continue
      const at = this.membership.get(peer)?.heard
      clock.after(returnMs, () => {
        if (this.#connected.has(peer) || this.membership.get(peer)?.heard !== at) return
        this.membership.forget(peer)
        this.#collecting?.feed({ kind: 'gone', peer })
        this.contributing?.feed({ kind: 'quorum', reachable: this.quorumReachable })
      })
    }
    for (const peer of this.#connected) if (!before.has(peer)) void this.#ask(peer)
    this.init.onChange()
  }

  #askSomeone(): void {
    const asked = this.membership.present().filter(([peer]) => this.#connected.has(peer))
    if (asked.length > 0) void this.#ask(asked[this.init.random.integer(asked.length)]![0])
  }

  /** Asks a peer for commits that we lack and for contributions to the open round. */
  async #ask(peer: PeerId): Promise<void> {
    const { sync, task } = this.init
    try {
      const news = await sync.ask(peer, { want: 'news', task, round: this.head.round }, this.#stopping.signal)
      for (const certificate of news.commits) await this.#chain.append(certificate)
      for (const envelope of news.claims) {
        const message = readMessage(envelope, task)
        if (message.type === 'contribution') {
          this.#onClaim({ id: message.id, contribution: message.value, envelope })
        }
      }
    } catch {
      // It may not know the task, or be gone: someone else is asked next.
    }
  }

  async #claimOf(id: string, from: PeerId): Promise<KnownClaim | undefined> {
    const find = () => this.#claims.ofRound().find((claim) => claim.id === id)
    if (find() === undefined) await this.#ask(from)
    return find()
  }
}

function every(clock: Clock, ms: number, call: () => void): () => void {
  let cancel = clock.after(ms, tick)
  function tick() {
    cancel = clock.after(ms, tick)
    call()
  }
  return () => cancel()
}
