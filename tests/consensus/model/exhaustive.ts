/**
 * Every schedule of a small network: four members of equal power, one of them Byzantine, a few rounds.
 *
 * The adversary owns the network and the Byzantine member. In each round it chooses which members take part, which of them
 * see which proposal, and for each what it sees of the prevotes: a polka in time to lock on, too late to lock on, none, or
 * nothing at all. A Byzantine vote goes to whom it suits, so a value has a polka for a member as soon as two honest
 * members prevoted it, and can be decided as soon as two honest members precommitted it in one round. Nobody is ever
 * told of a decision: a member that goes on voting can do all the harm that one that stopped can, and more.
 *
 * States that differ in nothing that later rounds depend on (locks, valid values, polkas, decidable values) are explored
 * once. Every step is the production machine's, and in every state each member is killed and recovered from its log.
 */
import { createMachine, type Machine } from '../../../peer-core/consensus/machine.ts'
import type { Proposal, Vote } from '../../../peer-core/consensus/messages.ts'
import { type Rules, tendermintRules } from '../../../peer-core/consensus/rules.ts'
import type { Effect, Input, State } from '../../../peer-core/consensus/state.ts'
import type { WalRecord } from '../../../peer-core/consensus/wal.ts'
import type { Hash } from '../../../peer-core/foundation/ids.ts'
import { body, committeeOf, configOf, genesis, noSignature, peer, task } from '../cast.ts'

const committee = committeeOf(1, 1, 1, 1)

interface Actor {
  readonly place: number
  readonly state: State
  readonly log: readonly WalRecord[]
  /** what it prevoted and precommitted in the round under way; `undefined` when it did not */
  readonly prevote?: Vote
  readonly precommit?: Vote
  readonly proposal?: Proposal
}

interface Node {
  readonly honest: readonly Actor[]
  /** prevotes of honest members in all rounds */
  readonly prevotes: readonly Vote[]
  /** values that two honest members precommitted in one round */
  readonly decidable: readonly Hash[]
  readonly values: readonly Hash[]
  readonly trace: readonly string[]
}

export interface ExhaustiveOptions {
  readonly rounds: number
  /** place of the Byzantine member, which proposes in round `byzantine` */
  readonly byzantine: number
  readonly rules?: Rules
  /** the log that survives a crash, to see that the check finds a log that forgets */
  readonly survives?: (record: WalRecord) => boolean
}

export interface ExhaustiveOutcome {
  readonly states: number
  readonly transitions: number
  /** what went wrong, and how it came about */
  readonly conflict: { readonly reason: string; readonly trace: readonly string[] } | undefined
}

class Conflict extends Error {
  readonly trace: readonly string[]
  constructor(reason: string, trace: readonly string[]) {
    super(reason)
    this.trace = trace
  }
}

export function explore(options: ExhaustiveOptions): ExhaustiveOutcome {
  const explorer = new Explorer(options)
  try {
    explorer.run()
    return { states: explorer.states, transitions: explorer.transitions, conflict: undefined }
  } catch (error) {
    if (!(error instanceof Conflict)) throw error
    const conflict = { reason: error.message, trace: error.trace }
    return { states: explorer.states, transitions: explorer.transitions, conflict }
  }
}

class Explorer {
  states = 0
  transitions = 0
  readonly #options: ExhaustiveOptions
  readonly #machines: Machine[]

  constructor(options: ExhaustiveOptions) {
    this.#options = options
    this.#machines = committee.members.map(({ peer }) =>
      createMachine(configOf(peer), options.rules ?? tendermintRules),
    )
  }

  run(): void {
    const start = { type: 'height', height: 1, parent: genesis, committee, now: 0 } as const
    const honest = [0, 1, 2, 3]
      .filter((place) => place !== this.#options.byzantine)
      .map((place) => this.#feed({ place, state: this.#machines[place]!.idle, log: [] }, start))
    let level: Node[] = [{ honest, prevotes: [], decidable: [], values: [], trace: [] }]
    for (let round = 0; round < this.#options.rounds; round++) {
      const next = new Map<string, Node>()
      for (const node of level) {
        for (const after of this.#round(node, round)) {
          this.transitions += 1
          const key = keyOf(after)
          if (!next.has(key)) next.set(key, after)
        }
      }
      level = [...next.values()]
      for (const node of level) this.#checkRecovery(node)
      this.states += level.length
    }
  }

  *#round(node: Node, round: number): Iterable<Node> {
    for (const present of subsets(node.honest, 2)) {
      const absent = node.honest.filter((actor) => !present.includes(actor))
      const entered = present.map((actor) => this.#enter(actor, round))
      const proposal = entered.find((actor) => actor.place === round % 4)?.proposal
      const values = [...node.values]
      if (proposal !== undefined && !values.includes(proposal.value)) values.push(proposal.value)
      const offers = round % 4 === this.#options.byzantine ? this.#lies(node, round, values) : [proposal]
      const seen = entered.map((actor) => {
        if (actor.proposal !== undefined) return [actor]
        return [undefined, ...offers.filter((offer) => offer !== undefined)].map((offer) =>
          this.#see(actor, offer, node),
        )
      })
      for (const prevoted of product(seen)) {
        const cast = prevoted.flatMap(({ prevote }) => (prevote === undefined ? [] : [prevote]))
        const prevotes = [...node.prevotes, ...cast]
        for (const precommitted of product(prevoted.map((actor) => this.#tell(actor, cast, round, proposal)))) {
          if (precommitted.filter(({ precommit }) => precommit !== undefined).length < 2) continue
          yield this.#close({ ...node, honest: [...precommitted, ...absent], prevotes, values }, precommitted, round)
        }
      }
    }
  }

  /** Into the round, by way of the rounds that it missed. */
  #enter(actor: Actor, round: number): Actor {
    let now: Actor = { ...actor, prevote: undefined, precommit: undefined, proposal: undefined }
    while (now.state.round < round) {
      const timer = { step: 'precommit', height: 1, round: now.state.round } as const
      now = this.#feed({ ...now, proposal: undefined }, { type: 'timeout', timer, now: 0 })
    }
    if (now.state.rounds.get(round)?.proposal !== undefined || now.place !== round % 4) return now
    const value = `F${round}` as Hash
    return this.#feed(now, { type: 'built', height: 1, round, value, body: body(value), time: 0, now: 0 })
  }

  /** What a Byzantine proposer may say: any value, fresh or with any polka that it can show. */
  #lies({ prevotes }: Node, round: number, values: Hash[]): Proposal[] {
    for (const fresh of [`X${round}`, `Y${round}`] as Hash[]) values.push(fresh)
    const polkas = polkasIn(prevotes)
    return values.flatMap((value) => {
      const rounds = [-1, ...polkas.filter((polka) => polka.value === value).map((polka) => polka.round)]
      return rounds.map((validRound) => this.#proposal(round, value, validRound))
    })
  }

  #proposal(round: number, value: Hash, validRound: number): Proposal {
    const member = peer(round % 4)
    const place = { task, height: 1, round, member, signature: noSignature }
    return { type: 'proposal', ...place, value, validRound, time: 0, body: body(value) }
  }

  /** A member gets a proposal, with the polka that it claims, or its timeout. */
  #see(actor: Actor, proposal: Proposal | undefined, { prevotes }: Node): Actor {
    let now = actor
    if (proposal !== undefined) {
      now = this.#learn(now, proposal)
      if (proposal.validRound >= 0) now = this.#polka(now, prevotes, proposal.validRound, proposal.value)
    }
    const timer = { step: 'propose', height: 1, round: now.state.round } as const
    return now.prevote === undefined ? this.#feed(now, { type: 'timeout', timer, now: 0 }) : now
  }

  #learn(actor: Actor, message: Proposal): Actor {
    const heard = this.#feed(actor, { type: 'message', message, from: message.member, now: 0 })
    return this.#feed(heard, { type: 'verdict', height: 1, value: message.value, verdict: 'valid', now: 0 })
  }

  #polka(actor: Actor, prevotes: readonly Vote[], round: number, value: Hash): Actor {
    const votes = prevotes.filter((vote) => vote.round === round && vote.value === value)
    const lie = this.#byzantinePrevote(round, value)
    let now = actor
    for (const message of [...votes, lie]) {
      now = this.#feed(now, { type: 'message', message, from: message.member, now: 0 })
    }
    return now
  }

  #byzantinePrevote(round: number, value: Hash): Vote {
    const member = peer(this.#options.byzantine)
    return { type: 'prevote', task, height: 1, round, value, score: null, member, signature: noSignature }
  }

  /** All that a member may learn of the prevotes of its round. */
  #tell(actor: Actor, cast: readonly Vote[], round: number, proposal: Proposal | undefined): Actor[] {
    const timer = { step: 'prevote', height: 1, round } as const
    const late = this.#feed(actor, { type: 'timeout', timer, now: 0 })
    const outcomes = [actor, late]
    for (const { value } of polkasIn(cast)) {
      const author = proposal ?? this.#proposal(round, value, -1)
      for (const before of [actor, late]) {
        const knows = before.state.candidates.has(value)
        const told = knows ? before : this.#learn(before, { ...author, value, body: body(value), validRound: -1 })
        if (told.state.candidates.has(value)) outcomes.push(this.#polka(told, cast, round, value))
      }
    }
    return outcomes
  }

  #close(node: Node, precommitted: readonly Actor[], round: number): Node {
    const votes = precommitted.flatMap(({ precommit }) => (precommit === undefined ? [] : [precommit]))
    const decidable = new Set(node.decidable)
    for (const { value } of votes) {
      if (value !== null && votes.filter((vote) => vote.value === value).length >= 2) decidable.add(value)
    }
    const honest = [...node.honest].sort((a, b) => a.place - b.place)
    const said = honest.map(({ place, prevote, precommit }) => {
      const of = (vote: Vote | undefined) => (vote === undefined ? '·' : (vote.value ?? 'nil'))
      return `${place}: ${of(prevote)} ${of(precommit)}`
    })
    const trace = [...node.trace, `round ${round}  ${said.join('  ')}`]
    if (decidable.size > 1) throw new Conflict(`both ${[...decidable].join(' and ')} can be decided`, trace)
    const rested = honest.map(({ place, state, log }) => ({ place, state, log }))
    return { ...node, honest: rested, decidable: [...decidable], trace }
  }

  /** After kill -9, a member is locked on what it was locked on and has said what it had said. */
  #checkRecovery({ honest, trace }: Node): void {
    const { survives = () => true } = this.#options
    for (const { place, state, log } of honest) {
      const kept = log.filter(survives)
      const [again] = this.#machines[place]!.recover({ height: 1, parent: genesis, committee }, kept, 0)
      for (const field of ['locked', 'valid', 'signed'] as const) {
        if (JSON.stringify(again[field]) === JSON.stringify(state[field])) continue
        throw new Conflict(`member ${place} forgets ${field} in a crash`, trace)
      }
    }
  }

  #feed(actor: Actor, input: Input): Actor {
    const [state, effects] = this.#machines[actor.place]!.step(actor.state, input)
    let now: Actor = { ...actor, state, log: [...actor.log, ...written(effects)] }
    for (const effect of effects) {
      if (effect.type !== 'send' || effect.message.type === 'status' || effect.message.type === 'commit') continue
      now = { ...now, [effect.message.type]: effect.message }
    }
    return now
  }
}

function written(effects: readonly Effect[]): WalRecord[] {
  return effects.flatMap((effect) => (effect.type === 'write' ? [effect.record] : []))
}

/** Values that two honest members prevoted in one round: with a Byzantine vote, a polka. */
function polkasIn(prevotes: readonly Vote[]): { round: number; value: Hash }[] {
  const counts = new Map<string, { round: number; value: Hash; count: number }>()
  for (const { round, value } of prevotes) {
    if (value === null) continue
    const key = `${round}/${value}`
    counts.set(key, { round, value, count: (counts.get(key)?.count ?? 0) + 1 })
  }
  return [...counts.values()].filter(({ count }) => count >= 2)
}

function keyOf({ honest, prevotes, decidable, values }: Node): string {
  const polkas = polkasIn(prevotes).map(({ round, value }) => `${round}${value}`)
  const members = honest.map(({ state: { locked, valid } }) => [
    locked?.round,
    locked?.value,
    valid?.round,
    valid?.value,
  ])
  return JSON.stringify([members, polkas.sort(), [...decidable].sort(), [...values].sort()])
}

function* product<T>(options: readonly (readonly T[])[]): Iterable<T[]> {
  const [first, ...rest] = options
  if (first === undefined) {
    yield []
    return
  }
  for (const choice of first) for (const others of product(rest)) yield [choice, ...others]
}

/** Subsets with at least `least` elements. */
function* subsets<T>(items: readonly T[], least: number): Iterable<T[]> {
  for (let bits = 0; bits < 1 << items.length; bits++) {
    const chosen = items.filter((_, index) => (bits & (1 << index)) !== 0)
    if (chosen.length >= least) yield chosen
  }
}
