/**
 * The virtual world: production peers on a memory network under one clock and one seed. Devices arrive and go, and what
 * happens to them is written down. It knows nothing of schedules: `visits.ts` and `faults.ts` play them on it.
 * @module
 */
import {
  type Hash,
  messageOf,
  type Network,
  type PeerId,
  type Random,
  seededRandom,
  type TaskId,
  type TaskSpec,
} from '../../peer-core/index.ts'
import { createMemoryDisk, type MemoryDisk, openMemoryStores } from '../../peer-core/testing/memory-stores.ts'
import { createVirtualClock, type VirtualClock } from '../../peer-core/testing/virtual-clock.ts'
import { protocols } from '../../peer-core/wire/index.ts'
import type { Scenario } from '../scenario/schema.ts'
import type { TimedLine } from '../transcript/lines.ts'
import { type Cast, createCast, type Device } from './cast.ts'
import { chooseCohort } from './cohort.ts'
import { createCurriculum } from './data.ts'
import { createWorldNetwork, type WorldNetwork } from './network.ts'
import { createObserver, type Observer } from './observer.ts'
import { createResident, type Resident } from './resident.ts'
import { createStudies } from './studies.ts'
import { createTask, epoch } from './task.ts'
import { createUncheckedDeltas } from './unchecked-deltas.ts'

export interface World {
  readonly clock: VirtualClock
  readonly cast: Cast
  readonly network: WorldNetwork
  readonly observer: Observer
  readonly task: TaskId
  readonly spec: TaskSpec
  readonly residents: ReadonlyMap<string, Resident>
  readonly random: Random
  /** ms since the start */
  now(): number
  write(line: TimedLine): void
  /** Its stay begins: it comes, unless a fault keeps it away. */
  arrive(device: Device): void
  /** Its stay is over. Nothing happens to whoever is not here. */
  leave(device: Device, how: 'crash' | 'goodbye'): void
  /** A fault takes it away and keeps it away, whatever begins or ends meanwhile. */
  takeAway(device: Device, how: 'crash' | 'goodbye'): void
  /** The fault is over: it is here again, unless its stay is over as well. */
  bringBack(device: Device): void
  /** After a device has its place in the network, before it is there. */
  onArrival(call: (device: Device) => void): void
  /** How many times as long a device takes to train from now on. */
  slow(device: Device, factor: number): void
  /** Sent by peers, present and past, and what the fullest seed stores. */
  usage(): Sent & { readonly stored: number }
  /** Of that, by contributors. */
  sentByContributors(): Sent
  /** Tells what handlers threw since the last call. */
  tellDefects(): void
}

export interface Sent {
  readonly bytes: number
  readonly messages: number
}

/**
 * `storage`: who comes back has forgotten everything. `sync`: whoever takes part is told nothing that it missed. `finite`: what
 * is not finite is aggregated as well.
 */
export type BreakableRule = 'storage' | 'sync' | 'finite'

export async function createWorld(
  scenario: Scenario,
  seed: number,
  write: (line: TimedLine) => void,
  breaks: readonly BreakableRule[] = [],
): Promise<World> {
  const clock = createVirtualClock({ start: epoch })
  const random = seededRandom(`${seed}/world`)
  const now = () => clock.now() - epoch
  const cast = createCast(scenario, seed)
  for (const what of cast.missed) write({ t: now(), kind: 'fault', what, who: [] })
  const curriculum = createCurriculum(scenario.data, seed)
  const network = createWorldNetwork(scenario.network, clock, random.fork('network'))
  const residents = new Map<string, Resident>()
  const disks = new Map<string, MemoryDisk>()
  const names = new Map<PeerId, string>()
  const slowness = new Map<string, number>()
  /** whom faults keep away, and whether they would be here otherwise */
  const away = new Map<string, boolean>()
  const past = { seeds: { bytes: 0, messages: 0 }, contributors: { bytes: 0, messages: 0 } }
  const arrivals: ((device: Device) => void)[] = []
  let told = 0

  const { id: task, spec, bytes: taskBytes, test, given } = createTask(scenario, seed, cast, curriculum)
  const tellDefect = (peer: string, where: string, error: unknown) =>
    write({ t: now(), kind: 'defect', peer, where, text: messageOf(error) })
  const studies = await createStudies(scenario, seed, cast, curriculum, tellDefect)
  const unchecked = breaks.includes('finite') ? createUncheckedDeltas() : undefined
  const cohort = chooseCohort(scenario.cohort, task, residents)

  const observer = createObserver({
    now,
    write,
    nameOf: (peer) => names.get(peer) ?? peer,
    present: () => residents.keys(),
    onCommit(round, hash) {
      cohort.draw(hash)
      tellReputation(round)
    },
  })

  const reputation = new Map<string, number>()
  const tellReputation = (round: number) => {
    const seedPeer = cast.seeds.map(({ name }) => residents.get(name)).find((one) => one?.joined)
    const changed: Record<string, number> = {}
    for (const view of seedPeer?.peer.snapshot().tasks[0]?.peers ?? []) {
      const name = names.get(view.peer) ?? view.peer
      const points = Math.round(1_000 * view.reputation)
      if (view.role === 'seed' || reputation.get(name) === points) continue
      reputation.set(name, points)
      changed[name] = points
    }
    if (Object.keys(changed).length > 0) write({ t: now(), kind: 'reputation', round, of: changed })
  }

  const isSeed = ({ crowd }: Device) => crowd === 'seeds'
  const addTo = (sum: { bytes: number; messages: number }, { identity }: Device) => {
    const { bytes, messages } = network.usage(identity.peerId)
    sum.bytes += bytes.sent
    sum.messages += messages.sent
  }
  const sentBy = (who: keyof typeof past): Sent => {
    const sum = { ...past[who] }
    for (const { device } of residents.values()) if (isSeed(device) === (who === 'seeds')) addTo(sum, device)
    return sum
  }

  const world: World = {
    clock,
    cast,
    network,
    observer,
    task,
    spec,
    residents,
    random,
    now,
    write,
    arrive(device) {
      if (away.has(device.name)) away.set(device.name, true)
      if (away.has(device.name) || residents.has(device.name)) return
      const { peerId } = device.identity
      names.set(peerId, device.name)
      network.place(device)
      for (const call of arrivals) call(device)
      const kept = breaks.includes('storage') ? undefined : disks.get(device.name)
      const disk = kept ?? createMemoryDisk()
      disks.set(device.name, disk)
      if (isSeed(device)) disk.tasks.set(task, { id: task, bytes: taskBytes })
      const msPerStep = () => device.msPerStep * (slowness.get(device.name) ?? 1)
      const trainer = () => studies.trainer(device, { clock, msPerStep }, now)
      const roles = isSeed(device)
        ? { evaluator: studies.evaluator(clock), shares: test }
        : { trainer: unchecked?.trainer(trainer()) ?? trainer(), ownData: curriculum.ofDevice(device.name) }
      write({
        t: now(),
        kind: 'arrive',
        peer: device.name,
        zone: device.zone,
        tier: device.tier,
        ...(device.liar === undefined ? {} : { attack: device.liar.attack }),
      })
      const joinedNetwork = studies.network(device, network.join(peerId), now)
      const isIn = () => residents.get(device.name)?.joined === true
      residents.set(
        device.name,
        createResident({
          device,
          network: breaks.includes('sync') ? withoutSync(joinedNetwork, isIn) : joinedNetwork,
          stores: openMemoryStores(disk),
          clock,
          random: random.fork(device.name),
          task,
          seeds: nearestFirst(cast.seeds, device),
          ...roles,
          ...(unchecked === undefined ? {} : { aggregation: unchecked.aggregation }),
          onEvent: (event) => observer.heard(device.name, event),
          onJoined: (peer) => cohort.joined(device.name, peer),
          onDefect: (where, error) => tellDefect(device.name, where, error),
        }),
      )
    },
    leave(device, how) {
      if (away.has(device.name)) away.set(device.name, false)
      const resident = residents.get(device.name)
      if (resident === undefined) return
      world.tellDefects()
      residents.delete(device.name)
      cohort.left(device.name)
      observer.left(device.name)
      addTo(past[isSeed(device) ? 'seeds' : 'contributors'], device)
      if (how === 'crash') network.kill(device.identity.peerId)
      resident.end()
      write({ t: now(), kind: 'leave', peer: device.name, how })
    },
    takeAway(device, how) {
      world.leave(device, how)
      away.set(device.name, true)
    },
    bringBack(device) {
      const isExpected = away.get(device.name)
      away.delete(device.name)
      if (isExpected) world.arrive(device)
    },
    onArrival: (call) => void arrivals.push(call),
    slow: (device, factor) => void slowness.set(device.name, factor),
    usage() {
      const [seeds, contributors] = [sentBy('seeds'), sentBy('contributors')]
      return {
        bytes: seeds.bytes + contributors.bytes,
        messages: seeds.messages + contributors.messages,
        stored: Math.max(...cast.seeds.map(({ name }) => storedOn(disks.get(name), given))),
      }
    },
    sentByContributors: () => sentBy('contributors'),
    tellDefects() {
      for (const { peer, where, error } of network.faults.slice(told)) {
        // What breaks in a peer that goes is its end.
        if (!residents.has(names.get(peer) ?? peer)) continue
        tellDefect(names.get(peer) ?? peer, where, error)
      }
      told = network.faults.length
    },
  }
  return world
}

/** Asks for what it missed are not answered, once it takes part. */
function withoutSync(network: Network, isIn: () => boolean): Network {
  const open: Network['streams']['open'] = async (peer, protocol, options) => {
    if (protocol === protocols.sync && isIn()) throw new Error('nobody tells')
    return network.streams.open(peer, protocol, options)
  }
  return { ...network, streams: { ...network.streams, open } }
}

/** Those of the own zone first; otherwise each device its own order, so that they share the load. */
function nearestFirst(seeds: readonly Device[], device: Device): Device[] {
  const mixed = device.random.fork('seeds').shuffle([...seeds])
  return [...mixed.filter(({ zone }) => zone === device.zone), ...mixed.filter(({ zone }) => zone !== device.zone)]
}

/** Models, deltas and commits; not what it was given for the task. */
function storedOn(disk: MemoryDisk | undefined, given: ReadonlySet<Hash>): number {
  let bytes = 0
  for (const [name, blob] of disk?.blobs ?? []) if (!given.has(name)) bytes += blob.length
  for (const chain of disk?.commits.values() ?? []) for (const commit of chain) bytes += commit.bytes.length
  return bytes
}
