/**
 * A network of members in virtual time, from a schedule: the production machine behind a few lines that perform its
 * effects, as a peer does. Signatures are cheap: nobody here can send in another's name.
 */
import { type Commit, verifyCertificate } from '../../../peer-core/consensus/certificate.ts'
import { accusedOf } from '../../../peer-core/consensus/evidence.ts'
import { createMachine, type Machine } from '../../../peer-core/consensus/machine.ts'
import type { Message, SignedMessage, Value } from '../../../peer-core/consensus/messages.ts'
import { type Rules, tendermintRules } from '../../../peer-core/consensus/rules.ts'
import type { Effect, Input, MachineConfig, State, Timer } from '../../../peer-core/consensus/state.ts'
import type { WalRecord } from '../../../peer-core/consensus/wal.ts'
import type { Hash, PeerId, TaskId } from '../../../peer-core/foundation/ids.ts'
import { type Random, seededRandom } from '../../../peer-core/foundation/random.ts'
import { EventQueue } from './queue.ts'
import { committeeAt, type Schedule } from './schedule.ts'
import { Traitor } from './traitor.ts'

export const task = 'task' as TaskId
const genesis = 'genesis' as Hash
const signature = new Uint8Array(0)
/** Bodies are never read here: a value's name says what it is. */
export const noBody = new Uint8Array(0)
const epoch = 1_000_000

export type BodyKind = 'good' | 'bad' | 'withheld'

export function nameOf(kind: BodyKind, height: number, round: number, member: PeerId, nonce: number): Hash {
  return `${kind} ${height}/${round} ${member} ${nonce}` as Hash
}

export function kindOf(value: Hash): BodyKind {
  return value.slice(0, value.indexOf(' ')) as BodyKind
}

export function timeOf(clock: number): number {
  return Math.floor(clock)
}

/** A number in [0, 1) that depends on its arguments only. */
function dice(...facts: number[]): number {
  let hash = 0x811c9dc5
  for (const fact of facts) hash = Math.imul(hash ^ fact ^ (hash >>> 15), 0x2c1b3c6d)
  return ((hash ^ (hash >>> 12)) >>> 0) / 0x1_0000_0000
}

/** Something that is wrong; ends the schedule. */
export class Violation extends Error {}

interface Participant {
  hear(message: Message, from: PeerId): void
}

export class World {
  readonly schedule: Schedule
  readonly queue = new EventQueue()
  readonly random: Random
  readonly honest: Member[]
  /** the value that each height was first committed to, by anyone honest */
  readonly committed: Hash[] = []
  readonly #participants = new Map<PeerId, Participant>()
  readonly #traitors: ReadonlySet<PeerId>
  steps = 0

  constructor(schedule: Schedule, rules: Rules = tendermintRules) {
    this.schedule = schedule
    this.random = seededRandom(schedule.seed).fork('network')
    this.#traitors = new Set(schedule.byzantine.map(({ peer }) => peer))
    for (const traits of schedule.byzantine) this.#participants.set(traits.peer, new Traitor(this, traits))
    this.honest = schedule.committee.members.flatMap(({ peer }) =>
      this.#traitors.has(peer) ? [] : [new Member(this, peer, rules)],
    )
    for (const member of this.honest) this.#participants.set(member.peer, member)
  }

  isTraitor(peer: PeerId): boolean {
    return this.#traitors.has(peer)
  }

  configOf(self: PeerId): MachineConfig {
    return { task, self, sign: () => signature, timing: this.schedule.timing, veto: null }
  }

  /** This member's clock, ms. */
  clockOf(place: number): number {
    return timeOf(epoch + this.queue.now * this.schedule.rate[place]! + this.schedule.skew[place]!)
  }

  send(from: PeerId, to: PeerId, message: Message): void {
    const { random, queue, schedule } = this
    if (from === to) return
    const settled = queue.now >= schedule.gst
    if (!settled && (random.next() < schedule.loss[message.type] || this.#isCut(from, to) || this.#isDeaf(to, message)))
      return
    const copies = random.next() < schedule.duplication ? 2 : 1
    for (let copy = 0; copy < copies; copy++) {
      const delay = 1 + random.next() * (settled ? schedule.delta - 1 : schedule.disorder)
      const receiver = this.#participants.get(to)!
      queue.schedule(queue.now + delay, () => receiver.hear(message, from))
    }
  }

  broadcast(from: PeerId, message: Message, only: (peer: PeerId) => boolean = () => true): void {
    for (const { peer } of this.schedule.committee.members) if (only(peer)) this.send(from, peer, message)
  }

  /** Commits that an honest member has. */
  lengthOf(peer: PeerId): number {
    const member = this.#participants.get(peer)
    return member instanceof Member ? member.ledger.length : 0
  }

  /** Where committees change, who has no seat learns of commits by asking, as a peer does that hears it is behind. */
  ask(asking: PeerId, asked: PeerId): void {
    const holder = this.#participants.get(asked)
    if (this.schedule.later.length > 0 && holder instanceof Member) holder.handOver(asking)
  }

  /** Byzantine members know each other: what a twin says reaches the twins of its like at once. */
  collude(from: PeerId, twin: number, message: Message): void {
    for (const { peer } of this.schedule.byzantine) {
      const other = this.#participants.get(peer)
      if (peer !== from && other instanceof Traitor)
        this.queue.schedule(this.queue.now + 1, () => other.hearAs(twin, message, from))
    }
  }

  /** Honest members name evidence in the first round of a height only; others may at any time. */
  namesEvidence(value: Hash): boolean {
    const [, place, maker] = value.split(' ')
    return place!.endsWith('/0') || this.isTraitor(maker as PeerId)
  }

  /** Whether a round is one of those in which anything goes. */
  isWild({ height, round }: { readonly height: number; readonly round: number }): boolean {
    const { chaos, gst, seed } = this.schedule
    return this.queue.now < gst && dice(seed + 2, height, round) < chaos
  }

  #isDeaf(to: PeerId, message: Message): boolean {
    const { deaf, seed, committee } = this.schedule
    if (message.type === 'commit' || message.type === 'status' || deaf[message.type] === 0) return false
    if (!this.isWild(message)) return false
    const link = committee.indexOf.get(to)! * 64 + committee.indexOf.get(message.member)!
    const type = message.type === 'proposal' ? 0 : message.type === 'prevote' ? 1 : 2
    return dice(seed + 1, link * 4 + type, message.height * 1024 + message.round) < deaf[message.type]
  }

  #isCut(from: PeerId, to: PeerId): boolean {
    const { committee, partitions, flapping, seed } = this.schedule
    const a = committee.indexOf.get(from)!
    const b = committee.indexOf.get(to)!
    const window = Math.floor(this.queue.now / flapping.window)
    if (flapping.chance > 0 && dice(seed, a * 64 + b, window) < flapping.chance) return true
    return partitions.some((cut) => {
      return cut.from <= this.queue.now && this.queue.now < cut.to && cut.side[a] !== cut.side[b]
    })
  }

  /** Commits of honest members agree, are certified, and are of bodies that recompute. */
  onCommit(member: PeerId, { certificate }: Commit): void {
    const { height, value } = certificate
    const first = this.committed[height] ?? value
    this.committed[height] = first
    if (first !== value) throw new Violation(`conflict at height ${height}: ${first} and ${value} (${member})`)
    if (kindOf(value) !== 'good') throw new Violation(`${member} committed a body that does not recompute: ${value}`)
    const verdict = verifyCertificate(certificate, committeeAt(this.schedule, height), () => true)
    if (!verdict.ok) throw new Violation(`${member} has a certificate that does not hold: ${verdict.fault.code}`)
  }
}

/** An honest member: the machine, a log and a ledger that outlive it, and what may befall it. */
export class Member implements Participant {
  readonly peer: PeerId
  readonly ledger: Commit[] = []
  /** of each height the round in which it committed, and of the one that was open when the network settled the round that it was in */
  rounds: number[] = []
  readonly entered = new Map<number, number>()
  state: State
  readonly #world: World
  readonly #machine: Machine
  readonly #place: number
  readonly #said = new Map<string, Value>()
  #log: WalRecord[] = []
  /** counts restarts, so that the timers and answers of a former life do not reach the next */
  #life = 0
  #up = true
  #nonce = 0

  constructor(world: World, peer: PeerId, rules: Rules) {
    this.#world = world
    this.peer = peer
    this.#place = world.schedule.committee.indexOf.get(peer)!
    this.#machine = createMachine(world.configOf(peer), rules)
    this.state = this.#machine.idle
    this.#begin()
    this.#askAround()
  }

  get done(): boolean {
    return this.ledger.length >= this.#world.schedule.heights
  }

  #now(): number {
    return this.#world.clockOf(this.#place)
  }

  #start() {
    const parent = this.ledger.at(-1)?.certificate.value ?? genesis
    const height = this.ledger.length + 1
    return { height, parent, committee: committeeAt(this.#world.schedule, height) }
  }

  #begin(): void {
    this.#later(this.#world.random.next() * 50, () =>
      this.#give({ type: 'height', ...this.#start(), now: this.#now() }),
    )
  }

  #askAround(): void {
    const { random, schedule } = this.#world
    if (schedule.later.length === 0) return
    this.#later(schedule.timing.gossip, () => {
      const { members } = schedule.committee
      this.#world.ask(this.peer, members[random.integer(members.length)]!.peer)
      this.#askAround()
    })
  }

  /** The commit after the last one that `asking` has. */
  handOver(asking: PeerId): void {
    const commit = this.ledger[this.#world.lengthOf(asking)]
    if (this.#up && commit !== undefined) this.#world.send(this.peer, asking, { type: 'commit', commit })
  }

  hear(message: Message, from: PeerId): void {
    if (this.#up) this.#give({ type: 'message', message, from, now: this.#now() })
  }

  #give(input: Input): void {
    this.#world.steps += 1
    const [state, effects] = this.#machine.step(this.state, input)
    this.state = state
    this.#perform(effects)
  }

  #perform(effects: readonly Effect[]): void {
    const { queue, random, schedule } = this.#world
    for (const effect of effects) {
      if (schedule.crash > 0 && queue.now < schedule.gst && random.next() < schedule.crash) {
        this.kill()
        return
      }
      this.#do(effect)
    }
  }

  /** kill -9: what was not written is gone, and so is what was not sent. Comes back before the network settles. */
  kill(): void {
    if (!this.#up) return
    const { queue, random, schedule } = this.#world
    this.#up = false
    this.#life += 1
    this.state = this.#machine.idle
    const away = Math.min(random.next() * 600, schedule.gst - queue.now)
    this.#later(away, () => {
      this.#up = true
      const [state, effects] = this.#machine.recover(this.#start(), this.#log, this.#now())
      this.state = state
      this.#perform(effects)
      this.#askAround()
    })
  }

  /** ms by the virtual clock, in this life */
  #later(after: number, run: () => void): void {
    const life = this.#life
    const { queue } = this.#world
    queue.schedule(queue.now + after, () => {
      if (life === this.#life) run()
    })
  }

  #do(effect: Effect): void {
    const world = this.#world
    switch (effect.type) {
      case 'write':
        this.#log.push(effect.record)
        return
      case 'truncate':
        this.#log = this.#log.filter(({ height }) => height >= effect.below)
        return
      case 'send':
        this.#remember(effect.message)
        if (effect.to === 'all') world.broadcast(this.peer, effect.message)
        else world.send(this.peer, effect.to, effect.message)
        return
      case 'timer':
        this.#later(this.#wait(effect.timer, effect.afterMs), () =>
          this.#give({ type: 'timeout', timer: effect.timer, now: this.#now() }),
        )
        return
      case 'build':
        this.#build(effect)
        return
      case 'recompute':
        this.#recompute(effect)
        return
      case 'commit':
        this.#commit(effect.commit)
        return
      case 'evidence':
        if (!world.isTraitor(accusedOf(effect.evidence))) {
          throw new Violation(`${this.peer} accuses honest ${accusedOf(effect.evidence)} of ${effect.evidence.type}`)
        }
        return
      case 'serve': {
        const commit = this.ledger[effect.height - 1]
        if (commit !== undefined) world.send(this.peer, effect.to, { type: 'commit', commit })
        return
      }
      case 'alarm':
        throw new Violation(`${this.peer} raises ${effect.alarm.code}`)
      case 'behind':
        world.ask(this.peer, effect.peer)
        return
      case 'refused':
        return
    }
  }

  #wait(timer: Timer, afterMs: number): number {
    const { random, schedule } = this.#world
    const wild = schedule.wild === undefined || !this.#world.isWild(timer) ? 1 : random.next() * schedule.wild
    return (wild * afterMs) / schedule.rate[this.#place]!
  }

  #build({ height, round }: { height: number; round: number }): void {
    const value = nameOf('good', height, round, this.peer, this.#nonce++)
    this.#later(this.#world.random.next() * this.#world.schedule.compute, () => {
      const now = this.#now()
      this.#give({ type: 'built', height, round, value, body: noBody, time: now, now })
    })
  }

  #recompute({ height, value }: { height: number; value: Hash }): void {
    const kind = kindOf(value)
    if (kind === 'withheld') return
    const { random, schedule } = this.#world
    const objection = schedule.objections > 0 && random.next() < schedule.objections
    const unproven = schedule.unproven > 0 && this.#world.namesEvidence(value) && random.next() < schedule.unproven
    this.#later(random.next() * schedule.compute, () => {
      const verdict = kind === 'good' ? 'valid' : 'invalid'
      this.#give({ type: 'verdict', height, value, verdict, objection, unproven, now: this.#now() })
    })
  }

  #commit(commit: Commit): void {
    const { height } = commit.certificate
    this.#world.onCommit(this.peer, commit)
    if (height <= this.ledger.length) return
    this.ledger.push(commit)
    this.rounds[height] = commit.certificate.round
    if (!this.done) this.#begin()
  }

  /** In all its lives, a member says one thing in one place. */
  #remember(message: Message): void {
    if (message.type === 'status' || message.type === 'commit' || message.member !== this.peer) return
    const place = `${message.type} ${message.height}/${message.round}`
    const before = this.#said.get(place)
    if (before !== undefined && before !== message.value) {
      throw new Violation(`${this.peer} contradicts its ${place}: ${before}, then ${message.value}`)
    }
    this.#said.set(place, message.value)
  }
}

export type { SignedMessage }
