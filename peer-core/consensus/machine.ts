/**
 * Weighted Tendermint as a pure machine: `step(state, input) → [state, effects]`.
 *
 * Buchman, Kwon, Milosevic, "The latest gossip on BFT consensus", 2018 ({@link https://arxiv.org/abs/1807.04938 | arXiv:1807.04938});
 * SPEC.md beside this file has messages, states and every rule with its reference.
 *
 * Safe while Byzantine members hold less than a third of the power, whatever the network does; live once messages among
 * honest members arrive within some bound, because timeouts grow past it.
 *
 * ```ts
 * const machine = createMachine({ task, self, sign, timing: defaultTiming, veto: null })
 * let [state, effects] = machine.recover({ height, parent, committee }, await wal.read(), Date.now())
 * for (;;) {
 *   for (const effect of effects) await perform(effect) // in order: a write is durable before the next effect
 *   ;[state, effects] = machine.step(state, await nextInput())
 * }
 * ```
 * @module
 */
import { cast, endListening, isProposer, leaveRound, propose } from './actions.ts'
import { type Draft, draftOf, idleState, isOpen, stateOf } from './draft.ts'
import { sayStatus } from './gossip.ts'
import { beginHeight, recoverHeight } from './heights.ts'
import { receive, receiveVerdict } from './receive.ts'
import { type Rules, settle, tendermintRules } from './rules.ts'
import type { Effect, HeightStart, Input, MachineConfig, State, Timer } from './state.ts'
import { isVeto } from './veto.ts'
import type { WalRecord } from './wal.ts'

export interface Machine {
  /** before the first height */
  readonly idle: State
  /** Pure: neither argument is changed, and the same arguments give the same result. Never throws for what a peer sent. */
  step(state: State, input: Input): [State, readonly Effect[]]
  /**
   * The state after a crash. With an empty log it is the beginning of the height.
   *
   * @param start - the height after the ledger's last commit
   * @param records - the write-ahead log, in the order of writing
   * @throws {@link ConsensusError} `LOG_AHEAD` when the ledger lost a commit
   */
  recover(start: HeightStart, records: readonly WalRecord[], now: number): [State, readonly Effect[]]
}

/** @param rules - other than Tendermint's only to show that a check finds a broken one */
export function createMachine(config: MachineConfig, rules: Rules = tendermintRules): Machine {
  const run = (state: State, now: number, change: (d: Draft) => void): [State, readonly Effect[]] => {
    const d = draftOf(config, state, now)
    change(d)
    settle(d, rules)
    return [stateOf(d), d.effects]
  }
  return {
    idle: idleState,
    step: (state, input) => run(state, input.now, (d) => take(d, input)),
    recover: (start, records, now) => run(idleState, now, (d) => recoverHeight(d, start, records)),
  }
}

function take(d: Draft, input: Input): void {
  switch (input.type) {
    case 'height':
      beginHeight(d, input)
      return
    case 'message':
      receive(d, input.message, input.from)
      return
    case 'timeout':
      timeOut(d, input.timer)
      return
    case 'built':
      takeBuilt(d, input)
      return
    case 'verdict':
      receiveVerdict(d, input)
      return
  }
  input satisfies never
}

/** Lines 57–67. */
function timeOut(d: Draft, timer: Timer): void {
  if (timer.height !== d.height || !isOpen(d)) return
  if (timer.step === 'gossip') {
    sayStatus(d)
    return
  }
  if (timer.step === 'listen') {
    endListening(d)
    return
  }
  if (timer.round !== d.round) return
  if (timer.step === 'precommit') leaveRound(d)
  else if (timer.step === 'propose' && d.phase === 'propose') cast(d, 'prevote', null)
  else if (timer.step === 'prevote' && d.phase === 'prevote') cast(d, 'precommit', null)
}

/** A body of this member's own making: it is valid, because it was computed here. */
function takeBuilt(d: Draft, built: Extract<Input, { type: 'built' }>): void {
  if (built.height !== d.height || built.round !== d.round || d.phase !== 'propose' || !isProposer(d)) return
  const score = built.score ?? null
  d.candidates = new Map(d.candidates).set(built.value, {
    body: built.body,
    time: built.time,
    verdict: 'valid',
    score,
    vetoed: isVeto(score, d.config.veto),
    objected: false,
    logged: false,
  })
  propose(d, built.value, -1)
}
