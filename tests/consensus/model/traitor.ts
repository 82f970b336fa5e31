/**
 * A Byzantine member: one or two copies of the honest machine under one key that talk to different members (Bano et al.,
 * "Twins: BFT Systems Made Robust", arXiv:2004.10617), bent by its traits, and statements out of the blue.
 */
import { createMachine, type Machine } from '../../../peer-core/consensus/machine.ts'
import type { Message, SignedMessage, UnsignedVote, Value } from '../../../peer-core/consensus/messages.ts'
import { proposerOf } from '../../../peer-core/consensus/proposer.ts'
import { tendermintRules } from '../../../peer-core/consensus/rules.ts'
import type { Effect, Input, State } from '../../../peer-core/consensus/state.ts'
import type { Hash, PeerId } from '../../../peer-core/foundation/ids.ts'
import { heedless } from './broken-rules.ts'
import { type Byzantine, committeeAt } from './schedule.ts'
import { kindOf, nameOf, noBody, task, type World } from './world.ts'

const signature = new Uint8Array(0)

interface Twin {
  readonly machine: Machine
  state: State
}

export class Traitor {
  readonly #world: World
  readonly #traits: Byzantine
  readonly #place: number
  readonly #twins: Twin[]
  #values: Hash[] = []
  #nonce = 0

  constructor(world: World, traits: Byzantine) {
    this.#world = world
    this.#traits = traits
    this.#place = world.schedule.committee.indexOf.get(traits.peer)!
    const rules = traits.lockless ? heedless : tendermintRules
    this.#twins = Array.from({ length: traits.twins }, () => {
      const machine = createMachine(world.configOf(traits.peer), rules)
      return { machine, state: machine.idle }
    })
    world.queue.schedule(0, () => {
      for (const twin of this.#twins) this.#begin(twin, 1, 'genesis' as Hash)
    })
  }

  /** Which twin a member talks to. */
  #twinOf(peer: PeerId): Twin {
    const place = this.#world.schedule.committee.indexOf.get(peer)!
    return this.#twins[(place + this.#world.schedule.seed) % this.#twins.length]!
  }

  hear(message: Message, from: PeerId): void {
    if ('member' in message && message.member === this.#traits.peer) return
    if ('value' in message && message.value !== null && !this.#values.includes(message.value)) {
      this.#values = [...this.#values.slice(-7), message.value]
    }
    if (message.type !== 'status' && message.type !== 'commit') this.#babble(message)
    const { random } = this.#world
    // Now and then both twins learn something, which only makes them the better liars.
    for (const twin of this.#twins) {
      if (twin === this.#twinOf(from) || random.next() < 0.3) {
        this.#give(twin, { type: 'message', message, from, now: this.#now() })
      }
    }
  }

  /** One of its own kind speaks. */
  hearAs(twin: number, message: Message, from: PeerId): void {
    const listener = this.#twins[twin % this.#twins.length]!
    this.#give(listener, { type: 'message', message, from, now: this.#now() })
  }

  #babble({ height, round }: SignedMessage): void {
    const { random, schedule } = this.#world
    if (random.next() >= this.#traits.babble) return
    const at = Math.max(0, round + random.integer(3) - 1)
    const value: Value = random.next() < 0.3 ? null : (this.#values[random.integer(this.#values.length + 1)] ?? null)
    const place = { task, height, round: at, member: this.#traits.peer, signature }
    if (
      value !== null &&
      random.next() < 0.2 &&
      proposerOf(committeeAt(schedule, height), height, at) === this.#traits.peer
    ) {
      const validRound = random.integer(at + 1) - 1
      this.#say({ type: 'proposal', ...place, value, validRound, time: this.#now(), body: noBody }, random.integer(2))
      return
    }
    const type: UnsignedVote['type'] = random.next() < 0.5 ? 'prevote' : 'precommit'
    this.#say({ type, ...place, value, score: null }, random.integer(2))
  }

  /** @param half - says it to this half of the members */
  #say(message: SignedMessage, half: number): void {
    const { random } = this.#world
    this.#world.broadcast(this.#traits.peer, message, () => random.integer(2) === half)
  }

  #now(): number {
    return this.#world.clockOf(this.#place)
  }

  #begin(twin: Twin, height: number, parent: Hash): void {
    const committee = committeeAt(this.#world.schedule, height)
    this.#give(twin, { type: 'height', height, parent, committee, now: this.#now() })
  }

  #give(twin: Twin, input: Input): void {
    const [state, effects] = twin.machine.step(twin.state, input)
    twin.state = state
    for (const effect of effects) this.#do(twin, effect)
  }

  #do(twin: Twin, effect: Effect): void {
    const { queue, random, schedule } = this.#world
    const { peer, late, silent, builds, lies } = this.#traits
    const later = (after: number, run: () => void) => queue.schedule(queue.now + after, run)
    switch (effect.type) {
      case 'send': {
        const { message, to } = effect
        if (
          (message.type === 'prevote' || message.type === 'precommit' || message.type === 'proposal') &&
          random.next() < silent
        ) {
          return
        }
        later(late, () => {
          this.#world.collude(peer, this.#twins.indexOf(twin), message)
          const fooled = (receiver: PeerId) => this.#twinOf(receiver) === twin && !this.#world.isTraitor(receiver)
          if (to === 'all') this.#world.broadcast(peer, message, fooled)
          else this.#world.send(peer, to, message)
        })
        return
      }
      case 'timer':
        later(effect.afterMs, () => this.#give(twin, { type: 'timeout', timer: effect.timer, now: this.#now() }))
        return
      case 'build': {
        const kind = builds[random.integer(builds.length)]
        if (kind === undefined) return
        const { height, round } = effect
        const value = nameOf(kind, height, round, peer, this.#nonce++)
        const now = this.#now()
        later(1, () => this.#give(twin, { type: 'built', height, round, value, body: noBody, time: now, now }))
        return
      }
      case 'recompute': {
        const { height, value } = effect
        const verdict = lies || kindOf(value) === 'good' ? 'valid' : 'invalid'
        later(1, () => this.#give(twin, { type: 'verdict', height, value, verdict, now: this.#now() }))
        return
      }
      case 'commit':
        if (effect.height < schedule.heights) later(1, () => this.#begin(twin, effect.height + 1, effect.value))
        return
      default:
        return
    }
  }
}
