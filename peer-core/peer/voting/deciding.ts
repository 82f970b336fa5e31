/**
 * Runs the consensus machine: inputs one after another, the effects of each in order, and nothing leaves before what must be
 * remembered of it is durable.
 *
 * A height begins when this member has something to decide (its collector closed) or hears that another has.
 * @module
 */
import {
  type Commit,
  type Committee,
  ConsensusError,
  createMachine,
  type Effect,
  encode,
  type HeightStart,
  type Input,
  type Machine,
  type Message,
  type State,
  signer,
  type Timing,
  type WalRecord,
} from '../../consensus/index.ts'
import { messageOf, type PeerId, second } from '../../foundation/index.ts'
import { sleep } from '../../ports/index.ts'
import type { Parent } from '../../round/index.ts'
import type { RoundRules } from '../../wire/index.ts'
import type { Collected } from '../collecting.ts'
import type { SessionContext } from '../session-context.ts'
import type { ConsensusChannel } from './channel.ts'
import type { Drafting } from './drafting.ts'
import type { EvidenceDesk } from './evidence-desk.ts'
import { ConsensusLog } from './log.ts'

/** What is not to be had now is asked for again after so long: a contribution, a base model, a store that failed. */
const retryMs = second

/** Of each kind of input: it is stamped when its turn comes. */
type Timeless<T> = T extends Input ? Omit<T, 'now'> : never

export interface DecidingParts {
  readonly committee: Committee
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

/** Without what the task leaves to fetching, recomputation has this long. */
const recomputeMs = 5 * second

/** A proposal is waited for as long as fetching its contributions may take. */
export function timingOf({ fetchMs }: RoundRules): Timing {
  return {
    propose: { base: fetchMs + recomputeMs, perRound: 2 * second },
    prevote: { base: second, perRound: second / 2 },
    precommit: { base: second, perRound: second / 2 },
    gossip: second,
    precision: { base: 30 * second, perRound: 30 * second },
    messageDelay: { base: 15 * second, perRound: 5 * second },
  }
}

export class Deciding {
  readonly #context: SessionContext
  readonly #parts: DecidingParts
  readonly #machine: Machine
  readonly #log: ConsensusLog
  #state: State
  readonly #inputs: Timeless<Input>[] = []
  #running = false
  readonly #timers = new Set<() => void>()
  #collected: Collected | undefined
  /** the attempt that a body is wanted for */
  #wanted: { readonly height: number; readonly round: number } | undefined
  /** up to this height the log knows more than the ledger: nothing is signed there */
  #silentTo = 0

  constructor(context: SessionContext, parts: DecidingParts) {
    const { task, identity, spec, stores } = context
    this.#context = context
    this.#parts = parts
    this.#log = new ConsensusLog(stores.records, task)
    this.#machine = createMachine({
      task,
      self: identity.peerId,
      sign: signer(identity),
      timing: timingOf(spec.round),
      veto: spec.consensus?.veto ?? null,
    })
    this.#state = this.#machine.idle
  }

  /** Takes up what was signed for the open height before a crash, and puts it forward again. */
  async resume(): Promise<void> {
    const records = await this.#log.read()
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
    this.#collected = collected
    this.begin()
    void this.#build()
  }

  /** Opens the height after the head, unless it is open already. */
  begin(): void {
    const start = this.#nextHeight()
    if (this.#state.height < start.height) this.#feed({ type: 'height', ...start })
  }

  hear(message: Message, from: PeerId): void {
    const { round } = this.#parts.head()
    const isStatement = message.type === 'proposal' || message.type === 'prevote' || message.type === 'precommit'
    if (isStatement && message.height === round + 1) this.begin()
    this.#feed({ type: 'message', message, from })
  }

  /** A commit that came another way ends its height here too. */
  decided(height: number, commit: Commit): void {
    if (this.#collected !== undefined && this.#collected.round <= height) this.#collected = undefined
    if (this.#state.height !== height) return
    this.#feed({ type: 'message', message: { type: 'commit', commit }, from: this.#context.identity.peerId })
  }

  stop(): void {
    this.#inputs.length = 0
    this.#clearTimers()
  }

  #nextHeight(): HeightStart {
    const { hash, round } = this.#parts.head()
    const height = round + 1
    return { height, parent: hash, committee: this.#parts.committee, signing: height > this.#silentTo }
  }

  #feed(input: Timeless<Input>): void {
    this.#inputs.push(input)
    if (!this.#running) void this.#run()
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
    const { channel, committee, evidence, head } = this.#parts
    const alone = committee.members.length === 1
    let records: WalRecord[] = []
    const flush = async () => {
      const together = records
      records = []
      if (together.length > 0) await this.#surely('the log', () => this.#log.append(together))
    }
    for (const effect of effects) {
      switch (effect.type) {
        case 'write':
          records.push(effect.record)
          break
        case 'send':
          if (alone) break
          await flush()
          channel.send(effect.to, effect.message)
          break
        case 'timer':
          this.#setTimer(effect)
          break
        case 'truncate':
          this.#log.truncate(effect.below).catch((error: unknown) => this.#warn('the log was not freed', error))
          break
        case 'build':
          this.#wanted = { height: effect.height, round: effect.round }
          void this.#build()
          break
        case 'recompute':
          void this.#recompute(effect)
          break
        case 'commit':
          await flush()
          this.#clearTimers()
          await this.#surely(`round ${effect.height}`, () => this.#parts.commit(encode(effect.commit)))
          if (this.#state.early.length > 0) this.begin()
          break
        case 'serve':
          void this.#serve(effect.to, effect.height)
          break
        case 'behind':
          this.#parts.behind(effect.peer)
          break
        case 'evidence':
          await flush()
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

  #setTimer({ timer, afterMs }: Extract<Effect, { type: 'timer' }>): void {
    const cancel = this.#context.clock.after(afterMs, () => {
      this.#timers.delete(cancel)
      this.#feed({ type: 'timeout', timer })
    })
    this.#timers.add(cancel)
  }

  #clearTimers(): void {
    for (const cancel of this.#timers) cancel()
    this.#timers.clear()
  }

  /** Answers the machine's wish for a body, as soon as the round is collected. */
  async #build(): Promise<void> {
    const wanted = this.#wanted
    const collected = this.#collected
    if (wanted === undefined || collected?.round !== wanted.height) return
    this.#wanted = undefined
    try {
      const { bytes, hash, time, score } = await this.#parts.drafting.build(collected, wanted.round)
      this.#feed({ type: 'built', ...wanted, value: hash, body: bytes, time, score })
    } catch (error) {
      if (!this.#isOpen(wanted.height)) return
      this.#warn(`round ${wanted.height}: could not propose`, error)
      this.#context.clock.after(retryMs, () => {
        if (!this.#isOpen(wanted.height)) return
        this.#wanted ??= wanted
        void this.#build()
      })
    }
  }

  async #recompute({ height, value, body }: Extract<Effect, { type: 'recompute' }>): Promise<void> {
    const { clock, signal, notice } = this.#context
    for (let attempt = 0; this.#isOpen(height); attempt++) {
      const judged = await this.#parts.drafting.judge(body)
      if (this.#parts.head().round + 1 !== height) return
      if (judged.verdict === 'valid') {
        const { score, objection } = judged
        if (objection !== undefined) notice('info', `round ${height}: against ${value.slice(0, 8)}: ${objection}`)
        this.#parts.evidence.recomputed(value, 'valid')
        this.#feed({ type: 'verdict', height, value, verdict: 'valid', score, objection: objection !== undefined })
        return
      }
      if (judged.verdict === 'invalid' || attempt === 0) {
        notice('warning', `round ${height}: no vote for ${value.slice(0, 8)}: ${judged.why}`)
      }
      if (judged.verdict === 'invalid') {
        this.#parts.evidence.recomputed(value, 'invalid')
        this.#feed({ type: 'verdict', height, value, verdict: 'invalid' })
        return
      }
      try {
        await sleep(clock, retryMs, signal)
      } catch {
        return
      }
    }
  }

  async #serve(to: PeerId, height: number): Promise<void> {
    const { channel, committed } = this.#parts
    const bytes = await committed(height).catch(() => undefined)
    if (bytes === undefined) return
    channel.sendCommit(to, bytes)
    channel.flush()
  }

  #isOpen(height: number): boolean {
    return !this.#context.signal.aborted && this.#parts.head().round + 1 === height
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
