/**
 * Runs the consensus machine: inputs one after another, the effects of each in order, and nothing leaves before what must be
 * remembered of it is durable.
 *
 * A height begins when this member has something to decide (its collector closed) or others are at it (calls.ts).
 * @module
 */
import {
  type Commit,
  ConsensusError,
  createMachine,
  type Effect,
  encode,
  type HeightStart,
  type Machine,
  type Message,
  proposerOf,
  type State,
  signer,
  type Timer,
  type Timing,
  timeoutOf,
  type WalRecord,
} from '../../consensus/index.ts'
import { messageOf, type PeerId, second } from '../../foundation/index.ts'
import { sleep } from '../../ports/index.ts'
import type { Parent } from '../../round/index.ts'
import type { Collected } from '../collecting.ts'
import type { Committees } from '../committees.ts'
import type { SessionContext } from '../session-context.ts'
import { Backlog } from './backlog.ts'
import { Calls } from './calls.ts'
import type { ConsensusChannel } from './channel.ts'
import { Deliberating, type TimelessInput } from './deliberating.ts'
import type { Drafting } from './drafting.ts'
import type { EvidenceDesk } from './evidence-desk.ts'
import { ConsensusLog } from './log.ts'
import { Timers } from './timers.ts'
import { timingOf } from './timing.ts'

/** A store that failed is asked again after so long. */
const retryMs = second
/** No height is expected to take more rounds: a fresh body's time may be ahead by more with each. */
const mostRounds = 8
/** How long a session that ends waits for its store. */
const stopMs = 10 * second

export interface DecidingParts {
  readonly committees: Committees
  readonly channel: ConsensusChannel
  readonly drafting: Drafting
  readonly evidence: EvidenceDesk
  head(): Parent
  /** Stores a commit and goes on from it. @throws when it could not be stored */
  commit(bytes: Uint8Array): Promise<void>
  /** The stored commit of a height, encoded. */
  committed(height: number): Promise<Uint8Array | undefined>
  /** Someone is further than we are. */
  behind(peer: PeerId): void
}

export class Deciding {
  readonly #context: SessionContext
  readonly #parts: DecidingParts
  readonly #machine: Machine
  readonly #log: ConsensusLog
  #state: State
  readonly #inputs: Backlog
  #running = false
  /** The last step that was begun, and those behind it. */
  #ended: Promise<void> = Promise.resolve()
  /** Voted out, or the session ended. */
  #stopped = false
  readonly #timers: Timers
  readonly #deliberating: Deliberating
  readonly #timing: Timing
  readonly #calls = new Calls()
  /** up to this height the log knows more than the ledger: nothing is signed there */
  #silentTo = 0
  /** when it came with a log in which it signed nothing, ms; `undefined` from when it cannot have signed before what is decided now */
  #unlogged: number | undefined

  constructor(context: SessionContext, parts: DecidingParts) {
    const { task, identity, spec, stores } = context
    this.#context = context
    this.#parts = parts
    this.#inputs = new Backlog(identity.peerId)
    this.#log = new ConsensusLog(stores.records, task)
    this.#timing = timingOf(spec.round)
    this.#machine = createMachine({
      task,
      self: identity.peerId,
      sign: signer(identity),
      timing: this.#timing,
      veto: spec.consensus?.veto ?? null,
    })
    this.#timers = new Timers({
      clock: context.clock,
      fire: (timer) => this.#feed({ type: 'timeout', timer }),
      isHopeless: (timer) => this.#isHopeless(timer),
    })
    this.#deliberating = new Deliberating(context, {
      ...parts,
      isWanted: (value) => this.#state.candidates.has(value),
      answer: (input) => this.#feed(input),
    })
    this.#state = this.#machine.idle
  }

  /**
   * Takes up what was signed for the open height before a crash, and puts it forward again. What comes in meanwhile waits: a
   * member that has not read what it signed may sign nothing, and when it cannot be read it never does.
   */
  resume(): Promise<void> {
    this.#running = true
    const resumed = this.#recover()
    this.#ended = resumed.then(
      () => this.#run(),
      () => this.#halt(),
    )
    return resumed
  }

  async #recover(): Promise<void> {
    const records = await this.#log.read()
    if (!records.some(({ type }) => type === 'signed')) this.#unlogged = this.#context.clock.now()
    const start = this.#nextHeight()
    if (!records.some(({ height }) => height >= start.height)) return
    try {
      const [state, effects] = this.#machine.recover(start, records, this.#context.clock.now())
      this.#state = state
      await this.#perform(effects)
    } catch (error) {
      if (!(error instanceof ConsensusError) || error.fault.code !== 'LOG_AHEAD') throw error
      this.#silentTo = error.fault.log
      this.#context.notice('warning', `the ledger lost a commit: no vote up to round ${error.fault.log}`)
    }
  }

  /** The round was collected: there is something to decide. */
  close(collected: Collected): void {
    this.begin()
    this.#deliberating.close(collected)
  }

  /** Opens the height after the head, unless it is open already. */
  begin(): void {
    const start = this.#nextHeight()
    if (this.#state.height < start.height) this.#feed({ type: 'height', ...start })
  }

  hear(message: Message, from: PeerId): void {
    if (message.type === 'status') this.#heed(message.height, from)
    else if (message.type !== 'commit') this.#heed(message.height, message.member)
    this.#feed({ type: 'message', message, from })
  }

  /** A member says that it is at a height. */
  #heed(height: number, member: PeerId): void {
    const { head, committees } = this.#parts
    if (height !== head().round + 1 || this.#state.height >= height) return
    if (this.#calls.isCalled(height, member, committees.current)) this.begin()
  }

  /** A commit that came another way ends its height here too. */
  decided(height: number, commit: Commit): void {
    if (this.#state.height !== height) return
    this.#feed({ type: 'message', message: { type: 'commit', commit }, from: this.#context.identity.peerId })
  }

  /**
   * Resolves when the step under way has ended: whoever reads the log from then on finds all that was written, and of what is
   * written after the call nothing is sent.
   */
  async stop(): Promise<void> {
    this.#halt()
    const { clock, notice } = this.#context
    const patience = new AbortController()
    const late = sleep(clock, stopMs, patience.signal).then(
      () => notice('warning', 'the log has not answered: what it was given last may be written yet'),
      () => undefined,
    )
    await Promise.race([this.#ended, late])
    patience.abort()
  }

  #halt(): void {
    this.#stopped = true
    this.#inputs.clear()
    this.#timers.clear()
  }

  #nextHeight(): HeightStart {
    const { hash, round } = this.#parts.head()
    const height = round + 1
    const listenMs = this.#listenMs(height)
    return {
      height,
      parent: hash,
      committee: this.#parts.committees.current,
      signing: height > this.#silentTo,
      listenMs,
    }
  }

  /**
   * A log that this member lost may tell of statements of this height, unless the parent is younger than this life, however far ahead
   * its proposer's clock was. Then it listens for as long as it takes to ask every member twice what it holds, two at a time, as statuses do.
   */
  #listenMs(height: number): number {
    const { head, committees } = this.#parts
    if (this.#unlogged === undefined || height === 1) return 0
    const { gossip, precision } = this.#timing
    if (head().time > this.#unlogged + timeoutOf(precision, mostRounds)) this.#unlogged = undefined
    return this.#unlogged === undefined ? 0 : 2 * Math.ceil((committees.current.members.length - 1) / 2) * gossip
  }

  #feed(input: TimelessInput): void {
    if (this.#stopped) return
    if (!this.#inputs.push(input)) this.#parts.channel.count('BACKLOG')
    if (!this.#running) this.#ended = this.#run()
  }

  async #run(): Promise<void> {
    this.#running = true
    try {
      for (let input = this.#inputs.shift(); input !== undefined; input = this.#inputs.shift()) {
        const now = this.#context.clock.now()
        const [state, effects] = this.#machine.step(this.#state, { ...input, now })
        this.#state = state

        await this.#perform(effects)
      }
    } catch (error) {
      // Only a session that ends stops a write from being tried again.
      if (!this.#context.signal.aborted) this.#context.notice('warning', `consensus: ${messageOf(error)}`)
    } finally {
      this.#running = false
    }
  }

  /** Consecutive writes are one entry of the log: nothing that leaves lies between them. */
  async #perform(effects: readonly Effect[]): Promise<void> {
    const { channel, committees, evidence, head } = this.#parts
    const alone = committees.current.members.length === 1
    let records: WalRecord[] = []
    const flush = async () => {
      const together = records
      records = []
      if (together.length > 0) await this.#surely('the log', () => this.#log.append(together))
    }
    for (const effect of effects) {
      if (this.#stopped) return
      switch (effect.type) {
        case 'write':
          records.push(effect.record)
          break
        case 'send':
          if (alone) break
          await flush()
          if (this.#stopped) return
          channel.send(effect.to, effect.message)
          break
        case 'timer':
          this.#timers.set(effect.timer, effect.afterMs)
          break
        case 'truncate':
          this.#log.truncate(effect.below).catch((error: unknown) => this.#warn('the log was not freed', error))
          break
        case 'build':
          this.#deliberating.build(effect)
          break
        case 'recompute':
          void this.#deliberating.recompute(effect)
          break
        case 'commit':
          await flush()
          this.#timers.clear()
          if (this.#state.signing) this.#unlogged = undefined
          await this.#surely(`round ${effect.height}`, () => this.#parts.commit(encode(effect.commit)))
          for (const { message } of this.#state.early) this.#heed(message.height, message.member)
          break
        case 'serve':
          void this.#serve(effect.to, effect.height)
          break
        case 'behind':
          this.#parts.behind(effect.peer)
          break
        case 'evidence':
          await flush()
          if (this.#stopped) return
          evidence.add(effect.evidence, head().round + 1)
          if (!alone) channel.send('all', effect)
          break
        case 'refused':
          channel.count(effect.reason)
          break
        case 'alarm':
          this.#context.notice('warning', `consensus: ${effect.alarm.code}`)
          break
        default:
          effect satisfies never
      }
    }
    await flush()
    channel.flush()
  }

  #isHopeless({ height, round }: Timer): boolean {
    const { committee } = this.#state
    if (committee === undefined || this.#state.height !== height) return false
    const proposer = proposerOf(committee, height, round)
    const { identity, network } = this.#context
    const isThere = proposer === identity.peerId || network.connections().some(({ peer }) => peer === proposer)
    return !isThere && this.#state.rounds.get(round)?.proposal === undefined
  }

  async #serve(to: PeerId, height: number): Promise<void> {
    const { channel, committed } = this.#parts
    const bytes = await committed(height).catch(() => undefined)
    if (bytes === undefined) return
    channel.sendCommit(to, bytes)
    channel.flush()
  }

  /** Until it has been done: what is not durable may not be acted on, and a store that failed may work again. */
  async #surely(what: string, work: () => Promise<void>): Promise<void> {
    const { clock, signal } = this.#context
    for (;;) {
      try {
        return await work()
      } catch (error) {
        this.#warn(`${what} was not stored`, error)
        await sleep(clock, retryMs, signal)
      }
    }
  }

  #warn(what: string, error: unknown): void {
    if (!this.#context.signal.aborted) this.#context.notice('warning', `${what}: ${messageOf(error)}`)
  }
}
