/**
 * One task on one peer: keeps its chain, and runs the parts that this peer plays — contributor, committee member, keeper of
 * backups — each in a room-mate of its own. What is here is how they hang together.
 * @module
 */
import { createCommittee, type Evidence, encode, isQuorum, verifier } from '../consensus/index.ts'
import { type BlobId, messageOf, type PeerId, second, verifySignature } from '../foundation/index.ts'
import type { CommittedModel } from '../learning/predictor.ts'
import { deadline, type Examples, type LoadableExamples, type Trainer } from '../ports/index.ts'
import { looksBack } from '../round/index.ts'
import type { ContributionsRequest, NewsRequest, Sync, SyncAnswer } from '../sync/index.ts'
import {
  type Application,
  type Contribution,
  consensusTopic,
  type EvaluationMessage,
  type PeerStatus,
  type Presence,
  type RejectionReason,
  type SignedInvitation,
} from '../wire/index.ts'
import { Applications } from './admission/applications.ts'
import { Applying, type ApplyingView } from './admission/applying.ts'
import { recallInvitation, rememberInvitation } from './admission/invitation-record.ts'
import { Chain, genesisHash } from './chain.ts'
import type { Commit } from './commit.ts'
import { Committees } from './committees.ts'
import { Contributing } from './contributing.ts'
import { DataSource } from './data-source.ts'
import { Deltas } from './deltas.ts'
import { Evaluating } from './evaluating.ts'
import type { PeerEvent } from './events.ts'
import { ForkWatch } from './fork-watch.ts'
import { History } from './history.ts'
import { ownPresence } from './introductions.ts'
import { lookAround } from './look-around.ts'
import type { Membership } from './membership.ts'
import { Models } from './models.ts'
import { Neighbourhood } from './neighbourhood.ts'
import { News } from './news.ts'
import { OpenRound } from './open-round.ts'
import { Scoring } from './scoring.ts'
import type { SessionContext } from './session-context.ts'
import { Sources } from './sources.ts'
import { Standings } from './standings.ts'
import { TaskTopic, type TopicParts } from './task-topic.ts'
import type { Direct } from './voting/direct.ts'
import { EvidenceDesk } from './voting/evidence-desk.ts'
import { Seat } from './voting/seat.ts'
import { Voting } from './voting/voting.ts'

export interface SessionInit extends Omit<SessionContext, 'signal' | 'say' | 'notice'> {
  readonly sync: Sync
  readonly direct: Direct
  /** Absent: this peer serves and votes, and does not train. */
  readonly trainer?: Trainer
  /** Data of our own, instead of the task's. */
  readonly ownData?: LoadableExamples
  /** That this peer was given, to be let in by. */
  readonly invitation?: SignedInvitation
  /** To evaluate on, instead of the task's. */
  readonly ownTest?: Examples
  /** Evaluates every committed model. */
  readonly evaluator?: Trainer
  /** Committed models kept, the last ones. @defaultValue 3 */
  readonly keepModels?: number
  readonly onChange: () => void
  readonly onEvent: (event: PeerEvent) => void
}

const verify = verifier(verifySignature)

export class TaskSession {
  readonly init: SessionInit
  readonly history: History
  readonly standings: Standings
  readonly contributing: Contributing | undefined
  readonly #context: SessionContext
  readonly #stopping = new AbortController()
  readonly #committees: Committees
  readonly #evidence: EvidenceDesk
  readonly #models: Models
  readonly #chain: Chain
  readonly #deltas: Deltas
  readonly #topic: TaskTopic
  readonly #neighbourhood: Neighbourhood
  readonly #news: News
  readonly #sources: Sources
  readonly #round: OpenRound
  readonly #seat: Seat
  readonly #data: DataSource | undefined
  readonly #evaluating: Evaluating | undefined
  readonly #scoring: Scoring
  readonly #applications: Applications
  readonly #applying: Applying
  #ends: (() => void)[] = []
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
      session.#round.committed(commit.body)
      session.standings.add(commit)
      session.#evidence.committed(commit.body)
      session.#last = commit
    }
    for (const evaluation of await init.stores.ledger.evaluations(init.task, 1, 10_000)) {
      session.history.evaluated(evaluation)
    }
    if (init.invitation !== undefined) await session.bring(init.invitation)
    else {
      const recalled = await recallInvitation(init.stores.records, init.task)
      if (recalled !== undefined) session.#applying.bring(recalled)
    }
    const { round, model } = session.#chain.head
    session.contributing?.feed({ kind: 'head', round, model })
    session.#seat.update()
    return session
  }

  private constructor(init: SessionInit, models: Models, genesis: BlobId) {
    this.init = init
    const { identity, clock, spec, task } = init
    this.#models = models
    this.#committees = new Committees(createCommittee(spec.committee))
    this.#lastCommitAt = clock.now()
    this.history = new History(identity.peerId, genesis)
    const founding = { task, spec, genesis: genesisHash(task) }
    this.standings = new Standings(founding, this.#committees, (peer) => this.#applications.has(peer))
    this.#applications = new Applications(init, this.standings)
    this.#context = {
      ...init,
      signal: this.#stopping.signal,
      say: (type, value) => this.#topic.say(type, value),
      notice: (level, text) => init.onEvent({ kind: 'notice', level, text }),
    }
    this.#evidence = new EvidenceDesk(task, this.#committees, verify)
    this.#chain = new Chain({
      ...{ task, spec, genesis, verify, clock },
      committees: this.#committees,
      ledger: init.stores.ledger,
      isMember: () => this.isMember,
      onCommit: (commit) => this.#onCommit(commit),
    })
    this.#topic = new TaskTopic(this.#context, this.#topicParts())
    this.#neighbourhood = new Neighbourhood(this.#context, {
      own: () => this.#own(),
      isMember: (peer) => this.#committees.has(peer),
      head: () => this.head.round,
      onNews: (peer) => this.#news.ask(peer),
      onGone: (peer) => this.#round.gone(peer),
      onCommittee: () => this.contributing?.feed({ kind: 'quorum', reachable: this.quorumReachable }),
      onChange: init.onChange,
    })
    this.#deltas = new Deltas(this.#context, models, this.membership, () => this.#members)
    this.#sources = new Sources(this.#context, {
      models,
      deltas: this.#deltas,
      neighbourhood: this.#neighbourhood,
      head: () => this.#chain.head,
      commit: () => this.#last,
      modelOf: (round) => this.history.modelOf(round),
      shard: () => this.shard,
      onEvent: init.onEvent,
    })
    this.#round = new OpenRound(this.#context, {
      models,
      deltas: this.#deltas,
      membership: this.membership,
      isMember: () => this.isMember,
      head: () => this.head,
      status: () => this.status,
      isBarred: (peer, round) => this.standings.isBarred(peer, round),
      order: this.standings.order,
      letsIn: () => this.standings.mayBeEmpty(this.#applications.isEmpty ? 0 : 1),
      onClaim: (claim) => this.#scoring.claim(claim),
      onCollected: (collected) => this.#seat.voting?.close(collected),
      onEvent: init.onEvent,
    })
    this.#news = new News(this.#context, {
      sync: init.sync,
      chain: this.#chain,
      forks: new ForkWatch(this.#context, {
        sync: init.sync,
        chain: this.#chain,
        onEvidence: (evidence) => this.#accuse(evidence),
      }),
      claims: this.#round.claims,
      neighbourhood: this.#neighbourhood,
      members: () => this.#members,
      onClaim: (claim, isNamed) => this.#round.claim(claim, isNamed),
    })
    if (init.evaluator !== undefined && (init.ownTest ?? spec.data.test) !== undefined) {
      this.#evaluating = new Evaluating(this.#context, models, init.evaluator, init.ownTest)
    }
    this.#scoring = new Scoring(this.#context, {
      standings: this.standings,
      deltas: this.#deltas,
      evaluating: this.#evaluating,
      head: () => this.head,
    })
    this.#seat = new Seat(this.#context, {
      isMember: () => this.isMember,
      createVoting: () => this.#createVoting(),
    })
    this.#applying = new Applying(this.#context, {
      standings: this.standings,
      head: () => this.head,
      wants: () => !['idle', 'paused', undefined].includes(this.contributing?.phase),
      onChange: init.onChange,
    })
    if (init.trainer !== undefined) {
      this.#data = new DataSource(this.#context, init.trainer, init.ownData)
      this.contributing = this.#createContributing(init.trainer, this.#data)
    }
  }

  #createVoting(): Voting {
    const { spec, direct } = this.init
    return new Voting(this.#context, {
      committees: this.#committees,
      evidence: this.#evidence,
      applications: this.#applications,
      ...{ verify, direct },
      models: this.#models,
      deltas: this.#deltas,
      head: () => this.#chain.head,
      standings: this.standings,
      scores: (room) => this.#scoring.toPropose(room),
      hear: (named) => this.#news.hear(named),
      claims: this.#round.claims,
      verified: () => this.#round.verified,
      outerState: () => this.#sources.outerState(spec.round.fetchMs),
      score: async (base, result) => {
        return spec.consensus?.veto === undefined ? null : ((await this.#evaluating?.score(base, result)) ?? null)
      },
      commit: (bytes) => this.#commit(bytes),
      committed: async (height) => (await this.#chain.certificatesAfter(height - 1, 1))[0],
      behind: (peer) => void this.#news.ask(peer),
    })
  }

  #createContributing(trainer: Trainer, data: DataSource): Contributing {
    const { identity, task, onEvent } = this.init
    return new Contributing(this.#context, {
      models: this.#models,
      deltas: this.#deltas,
      ...{ data, trainer },
      head: () => this.#chain.head,
      lookAround: () => {
        const around = { ...this.#neighbourhood.others, loading: () => !data.isLoaded }
        return lookAround(around, this.init.clock, this.#stopping.signal)
      },
      holders: (what) => this.#sources.holders(what),
      findHolders: (model) => this.#sources.findHolders(model),
      rebuild: (model, signal) => this.#sources.rebuild(model, signal),
      onFetched: (model, sources) => this.#sources.fetched(model, sources),
      takenShards: () => this.#sources.takenShards(),
      isBarred: () => this.standings.bar(identity.peerId) !== undefined,
      neighbours: () => this.#round.claims.ofRound().filter((claim) => claim.contribution.peer !== identity.peerId),
      onTrained: (round, { steps, ms }) => onEvent({ kind: 'trained', task, round, steps, ms }),
      onChange: () => this.#onProgress(),
    })
  }

  #topicParts(): TopicParts {
    return {
      validate: {
        presence: ({ from, value }) => (this.#neighbourhood.isFresh(from, value) ? 'accept' : 'ignore'),
        contribution: ({ value }) => (this.#round.mayTake(value) ? 'accept' : 'ignore'),
        commit: ({ value }) => {
          if (value.round <= this.head.round) return 'ignore'
          return this.#chain.judge(value.commit)
        },
        evaluation: ({ from }) => (this.#committees.has(from) || this.#isSeed(from) ? 'accept' : 'reject'),
        scores: ({ from, value }) => (this.#scoring.isFresh(from, value) ? 'accept' : 'ignore'),
        application: ({ from, value }) => this.#applications.verdict(from, value),
      },
      deliver: {
        presence: ({ from, value, bytes }) => this.#onPresence(from, value, bytes),
        contribution: ({ id, value, bytes }) => this.#round.claim({ id, contribution: value, envelope: bytes }),
        commit: ({ from, value }) => void this.#extend(value.commit, from),
        evaluation: ({ from, value }) => this.#onEvaluation(from, value),
        scores: ({ from, value, bytes }) => this.#scoring.hear(from, value, bytes),
        application: ({ from, value, bytes }) => this.#onApplication(from, value, bytes),
      },
      onMalformed: (from) => this.misbehaved(from, 'malformed'),
    }
  }

  get isMember(): boolean {
    return this.#committees.has(this.init.identity.peerId)
  }

  get #members(): PeerId[] {
    return this.#committees.current.members.map(({ peer }) => peer)
  }

  /** Of the task's own committee, whoever votes now. */
  #isSeed(peer: PeerId): boolean {
    return this.init.spec.committee.some((seed) => seed.peer === peer)
  }

  get membership(): Membership {
    return this.#neighbourhood.membership
  }

  get head() {
    return this.#chain.head
  }

  get deadline(): number | undefined {
    return this.#round.deadline
  }

  get joinedFrom(): Readonly<Record<PeerId, number>> {
    return this.#sources.joinedFrom
  }

  get shard(): number | undefined {
    return this.#data?.shard
  }

  get status(): PeerStatus {
    return this.contributing?.status ?? 'serving'
  }

  /** Messages of the committee that were dropped here, by reason. */
  get refusals(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#seat.voting?.refusals ?? [])
  }

  /** Whether members with more than two thirds of the power were heard of lately. */
  get quorumReachable(): boolean {
    const { members, total } = this.#committees.current
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
    this.#ends = [this.#topic.start(), this.#news.start()]
    this.#round.open()
    await this.#seat.start()
    this.#evaluating?.start()
    if (this.head.round > 0) this.#evaluating?.evaluate(this.head.round, this.head.model)
    this.#ends.push(this.#neighbourhood.start())
    // Who is here tells what it knows, before anything is worked on.
    void this.#neighbourhood.enter().then(() => {
      // Not if somebody paused it meanwhile.
      if (this.contributing?.phase === 'idle') this.contributing.feed({ kind: 'resume' })
    })
  }

  async stop(): Promise<void> {
    this.contributing?.stop()
    this.#round.stop()
    const voted = this.#seat.stop()
    for (const end of this.#ends) end()
    await this.#neighbourhood.leave()
    // Ends what is tried again and again, so that there is an end to wait for.
    this.#stopping.abort(new Error('left the task'))
    await voted
  }

  /** What is known here, for a peer that asks. */
  async news(request: NewsRequest, asker: PeerId): Promise<Omit<SyncAnswer, 'tasks'>> {
    const { round, head, claims, presence, introduce = 0 } = request
    if (presence !== undefined) this.#introduced(asker, presence)
    const presences = this.#neighbourhood.askedBy(asker, introduce)
    const announced = claims === this.#round.claims.digest ? [] : this.#round.claims.ofRound()
    return {
      commits: await this.#chain.certificatesAfter(round, 64, head),
      claims: announced.map((claim) => claim.envelope),
      presences,
      contributors: this.#neighbourhood.contributors,
    }
  }

  /** Envelopes of contributions to the open round, also of such as their peers replaced since. */
  announced({ ids }: ContributionsRequest): Uint8Array[] {
    return ids.flatMap((id) => this.#round.claims.find(id)?.envelope ?? [])
  }

  /** What another member says to us alone. @returns whether an honest member may have sent it */
  receive(bytes: Uint8Array, from: PeerId): boolean {
    return this.#seat.voting?.receive(bytes, from) ?? true
  }

  /** A peer broke a protocol. It counts only when it takes part here. */
  misbehaved(peer: PeerId, reason: RejectionReason): void {
    this.#round.misbehaved(peer, reason)
  }

  /** Remembers it also for the next start. */
  async bring(invitation: SignedInvitation): Promise<void> {
    await rememberInvitation(this.init.stores.records, this.init.task, invitation)
    this.#applying.bring(invitation)
  }

  /** How it goes with being let in, while this peer asks for it. */
  get applying(): ApplyingView | undefined {
    return this.#applying.view
  }

  /** Weights of the last committed model. */
  weights(): Promise<Float32Array> {
    return this.#sources.head(20 * second)
  }

  /** The last committed model, whose weights are fetched when they are asked for. */
  committed(): CommittedModel {
    const { model: id } = this.head
    const weights = async () => {
      if (this.head.model === id) return this.weights()
      // Another was committed meanwhile; the last few are kept.
      const { signal } = deadline(this.init.clock, 20 * second, this.#stopping.signal)
      return (await this.#models.load(id, { providers: this.#sources.holders('model'), signal })).weights
    }
    return { id, spec: this.init.spec.model, weights }
  }

  #own(): Pick<Presence, 'status' | 'round' | 'role' | 'engine' | 'shard'> {
    return {
      status: this.status,
      round: this.contributing?.heldRound ?? this.head.round,
      role: this.isMember || this.#isSeed(this.init.identity.peerId) ? 'seed' : 'contributor',
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

  #onPresence(peer: PeerId, presence: Presence, envelope: Uint8Array): void {
    this.#round.presence(peer, presence.status)
    if (peer !== this.init.identity.peerId) this.#neighbourhood.heard(peer, presence, envelope)
  }

  /** Who asks says who it is. */
  #introduced(asker: PeerId, envelope: Uint8Array): void {
    const presence = ownPresence(asker, envelope, this.init.task)
    if (presence === undefined) this.misbehaved(asker, 'malformed')
    else if (this.#neighbourhood.isFresh(asker, presence)) this.#onPresence(asker, presence, envelope)
  }

  /** In a founding round it may contribute from now on. */
  #onApplication(peer: PeerId, application: Application, bytes: Uint8Array): void {
    if (!this.#applications.hear(peer, application, bytes)) return
    if (peer === this.init.identity.peerId) this.contributing?.reconsider()
    const known = this.membership.get(peer)
    if (known !== undefined) this.#round.presence(peer, known.presence.status)
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

  /** For the committee, and from there into the chain. */
  #accuse(evidence: Evidence): void {
    const { task, network } = this.init
    this.#seat.voting?.accuse(evidence)
    network.gossip.publish(consensusTopic(task), encode({ type: 'evidence', evidence })).catch((error: unknown) => {
      this.#context.notice('warning', `could not publish evidence: ${messageOf(error)}`)
    })
  }

  #onCommit(commit: Commit): void {
    const { clock, task, onEvent, onChange } = this.init
    const { round, result, contributions, rejected } = commit.body
    const taken = contributions.flatMap(({ id }) => this.#round.claims.find(id)?.contribution ?? [])
    const told = toldOf(taken)
    const mySteps = taken.find(({ peer }) => peer === this.init.identity.peerId)?.steps ?? 0
    this.#last = commit
    this.history.add(commit, { trainingLoss: told.trainingLoss, mySteps })
    this.#round.committed(commit.body)
    this.standings.add(commit)
    this.#applications.committed()
    this.#scoring.committed(commit)
    const now = clock.now()
    const contributors = contributions.map(({ peer }) => peer)
    const ms = now - this.#lastCommitAt
    onEvent({ kind: 'commit', task, round, hash: commit.hash, model: result, contributors, rejected, ...told, ms })
    this.#lastCommitAt = now
    this.#evidence.committed(commit.body)
    this.#seat.voting?.committed(commit)
    this.#seat.update()
    this.contributing?.feed({ kind: 'quorum', reachable: this.quorumReachable })
    this.#round.open()
    this.contributing?.feed({ kind: 'head', round, model: result })
    this.#applying.update()
    this.#evaluating?.evaluate(round, result)
    void this.#forget(round)
    onChange()
  }

  async #forget(round: number): Promise<void> {
    const { keepModels = 3, exchange, spec } = this.init
    const kept = Math.max(keepModels, looksBack(spec.aggregation) ? 2 : 1)
    try {
      await this.#deltas.forget(round)
      const old = this.history.modelOnlyOf(round - kept)
      if (old !== undefined) await exchange.remove(old)
    } catch (error) {
      if (this.#stopping.signal.aborted) return
      this.#context.notice('warning', `could not free old bytes: ${messageOf(error)}`)
    }
  }

  #onProgress(): void {
    const { onChange, onEvent, task } = this.init
    const phase = this.contributing?.phase
    if (phase !== this.#lastPhase) {
      this.#lastPhase = phase
      this.#applying.update()
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
}

/** What contributors say of their training, together. */
function toldOf(contributions: readonly Contribution[]): { bytes: number; trainingLoss?: number } {
  const examples = contributions.reduce((sum, one) => sum + one.examples, 0)
  const bytes = contributions.reduce((sum, one) => sum + one.bytes, 0)
  if (examples === 0) return { bytes }
  return { bytes, trainingLoss: contributions.reduce((sum, one) => sum + one.loss * one.examples, 0) / examples }
}
