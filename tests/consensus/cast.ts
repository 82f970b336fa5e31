/**
 * A cast for consensus tests: named members, a body for each name, and cheap signatures. With `actor` one member is
 * stepped by hand, the way CometBFT's state tests do; `troupe` runs several on an instant, loss-free network.
 */

import { type Committee, createCommittee } from '../../peer-core/consensus/committee.ts'
import { createMachine } from '../../peer-core/consensus/machine.ts'
import type { Message, Proposal, SignedMessage, Value, Vote, VoteKind } from '../../peer-core/consensus/messages.ts'
import { proposerOf } from '../../peer-core/consensus/proposer.ts'
import { type Rules, tendermintRules } from '../../peer-core/consensus/rules.ts'
import type {
  Effect,
  HeightStart,
  Input,
  MachineConfig,
  State,
  Timer,
  Verdict,
} from '../../peer-core/consensus/state.ts'
import { defaultTiming } from '../../peer-core/consensus/timeouts.ts'
import type { Score } from '../../peer-core/consensus/veto.ts'
import type { WalRecord } from '../../peer-core/consensus/wal.ts'
import { sha256, utf8ToBytes } from '../../peer-core/foundation/hash.ts'
import type { Hash, PeerId, TaskId } from '../../peer-core/foundation/ids.ts'

export const task = sha256(utf8ToBytes('task')) as TaskId
export const genesis = sha256(utf8ToBytes('genesis'))
export const noSignature = new Uint8Array(64)

export function peer(name: string | number): PeerId {
  return `member-${name}` as PeerId
}

export function committeeOf(...powers: number[]): Committee {
  return createCommittee(powers.map((power, index) => ({ peer: peer(index), power })))
}

export function body(name: string): Uint8Array {
  return utf8ToBytes(name)
}

export function value(name: string): Hash {
  return sha256(body(name))
}

export function vote(kind: VoteKind, member: PeerId, round: number, of: Value, more: Partial<Vote> = {}): Vote {
  return { type: kind, task, height: 1, round, value: of, score: null, member, signature: noSignature, ...more }
}

export function proposal(committee: Committee, round: number, name: string, more: Partial<Proposal> = {}): Proposal {
  const height = more.height ?? 1
  return {
    type: 'proposal',
    task,
    height,
    round,
    validRound: -1,
    value: value(name),
    time: 0,
    member: proposerOf(committee, height, round),
    signature: noSignature,
    body: body(name),
    ...more,
  }
}

export function configOf(self: PeerId, more: Partial<MachineConfig> = {}): MachineConfig {
  return { task, self, sign: () => noSignature, timing: defaultTiming, veto: null, ...more }
}

function authorOf(message: Message): PeerId {
  return message.type === 'status' || message.type === 'commit' ? peer('someone') : message.member
}

type Doubts = Pick<Extract<Input, { type: 'verdict' }>, 'objection' | 'unproven'>

/** One member, stepped by hand. */
export class Actor {
  readonly committee: Committee
  readonly self: PeerId
  readonly machine: ReturnType<typeof createMachine>
  readonly start: HeightStart
  state: State
  /** since `take` */
  effects: Effect[] = []
  log: WalRecord[] = []
  now = 0

  constructor(
    committee: Committee,
    self: PeerId,
    more: Partial<MachineConfig> = {},
    rules: Rules = tendermintRules,
    start: Partial<HeightStart> = {},
  ) {
    this.committee = committee
    this.self = self
    this.machine = createMachine(configOf(self, more), rules)
    this.state = this.machine.idle
    this.start = { height: 1, parent: genesis, committee, ...start }
    this.give({ type: 'height', ...this.start, now: 0 })
  }

  give(input: Input): this {
    const [state, effects] = this.machine.step(this.state, input)
    this.absorb(state, effects)
    return this
  }

  hear(message: Message, from: PeerId = authorOf(message)): this {
    return this.give({ type: 'message', message, from, now: this.now })
  }

  /** The member's proposal of the round arrives, and its recomputation answers. */
  propose(round: number, name: string, more: Partial<Proposal> = {}, verdict: Verdict = 'valid'): this {
    return this.hear(proposal(this.committee, round, name, more)).judge(name, verdict)
  }

  judge(name: string, verdict: Verdict = 'valid', score: Score | null = null, doubts: Doubts = {}): this {
    const { height } = this.state
    return this.give({ type: 'verdict', height, value: value(name), verdict, score, ...doubts, now: this.now })
  }

  build(name: string): this {
    const { height, round } = this.state
    return this.give({ type: 'built', height, round, value: value(name), body: body(name), time: 0, now: this.now })
  }

  /** Votes of everyone named, in one round. */
  votes(kind: VoteKind, round: number, of: Value, ...members: number[]): this {
    for (const member of members) this.hear(vote(kind, peer(member), round, of, { height: this.state.height }))
    return this
  }

  expire(step: Timer['step']): this {
    const { height, round } = this.state
    return this.give({ type: 'timeout', timer: { step, height, round }, now: this.now })
  }

  /** kill -9 and restart from the log, or from its first `records` records; without a signed one it listens as it did */
  crash(records = this.log.length): this {
    this.log = this.log.slice(0, records)
    this.effects = []
    const hasSigned = this.log.some(({ type }) => type === 'signed')
    const start = hasSigned ? { ...this.start, listenMs: 0 } : this.start
    const [state, effects] = this.machine.recover(start, this.log, this.now)
    this.absorb(state, effects)
    return this
  }

  /** What was sent since the last call, signed messages only. */
  said(): SignedMessage[] {
    const sent = this.take().flatMap((effect) =>
      effect.type === 'send' && effect.to === 'all' ? [effect.message] : [],
    )
    return sent.filter((message) => message.type !== 'status' && message.type !== 'commit')
  }

  /** The last vote that was sent since the last call: its kind and its value. */
  voted(): [VoteKind, Value] | undefined {
    const votes = this.said().filter((message) => message.type !== 'proposal')
    const last = votes.at(-1)
    return last && [last.type, last.value]
  }

  take(): Effect[] {
    const { effects } = this
    this.effects = []
    return effects
  }

  private absorb(state: State, effects: readonly Effect[]): void {
    this.state = state
    this.effects.push(...effects)
    for (const effect of effects) if (effect.type === 'write') this.log.push(effect.record)
  }
}
