/**
 * A state being stepped: a shallow copy whose fields are replaced, never changed inside, with the effects so far. It
 * does not outlive one `step`.
 * @module
 */
import type { Hash, PeerId } from '../foundation/ids.ts'
import type { Committee } from './committee.ts'
import type { Effect, MachineConfig, RefusalReason, RoundState, State } from './state.ts'
import { emptyTally } from './tally.ts'
import { type TimeoutStep, timeoutOf } from './timeouts.ts'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

export interface Draft extends Mutable<State> {
  readonly config: MachineConfig
  readonly now: number
  readonly effects: Effect[]
}

export const idleState: State = {
  phase: 'idle',
  height: 0,
  parent: undefined,
  committee: undefined,
  index: -1,
  signing: false,
  listening: false,
  round: 0,
  locked: undefined,
  valid: undefined,
  rounds: new Map(),
  candidates: new Map(),
  certified: undefined,
  signed: { round: -1 },
  ahead: [],
  told: new Set(),
  early: [],
  commit: undefined,
  served: new Map(),
}

export function draftOf(config: MachineConfig, state: State, now: number): Draft {
  return { ...state, config, now, effects: [] }
}

export function stateOf({ config: _config, now: _now, effects: _effects, ...state }: Draft): State {
  return state
}

/** Whether the height is still to be decided. */
export function isOpen(d: Draft): boolean {
  return d.phase === 'propose' || d.phase === 'prevote' || d.phase === 'precommit'
}

export function committeeOf(d: Draft): Committee {
  if (d.committee === undefined) throw new TypeError('the machine has no height yet')
  return d.committee
}

const emptyRound: RoundState = {
  proposal: undefined,
  timely: true,
  prevotes: emptyTally,
  precommits: emptyTally,
  prevoteTimer: false,
  polkaSeen: false,
  precommitTimer: false,
}

export function roundState(d: Draft, round: number): RoundState {
  return d.rounds.get(round) ?? emptyRound
}

export function setRound(d: Draft, round: number, change: Partial<RoundState>): void {
  d.rounds = new Map(d.rounds).set(round, { ...roundState(d, round), ...change })
}

export function emit(d: Draft, effect: Effect): void {
  d.effects.push(effect)
}

export function refuse(d: Draft, reason: RefusalReason, { member }: { readonly member: PeerId }): void {
  emit(d, { type: 'refused', reason, member })
}

export function setTimer(d: Draft, step: TimeoutStep | 'gossip'): void {
  const { timing } = d.config
  const afterMs = step === 'gossip' ? timing.gossip : timeoutOf(timing[step], d.round)
  emit(d, { type: 'timer', timer: { step, height: d.height, round: d.round }, afterMs })
}

/** The body goes to the log once, before the first record that names it. */
export function logBody(d: Draft, value: Hash): void {
  const candidate = d.candidates.get(value)
  if (candidate === undefined) throw new TypeError(`no body of ${value}`)
  if (candidate.logged) return
  emit(d, {
    type: 'write',
    record: { type: 'body', height: d.height, value, body: candidate.body, time: candidate.time },
  })
  d.candidates = new Map(d.candidates).set(value, { ...candidate, logged: true })
}
