/** Plays a scenario's faults on its world, each at its time, on those it names. @module */
import { second } from '../../peer-core/index.ts'
import type { LinkQuality } from '../../peer-core/testing/memory-network.ts'
import type { FaultSpec, Scenario } from '../scenario/schema.ts'
import type { Device } from './cast.ts'
import type { World } from './world.ts'

/** A fault that lasts, and whom it struck, by name. */
interface Lasting {
  readonly fault: Exclude<FaultSpec, { kind: 'leave' }>
  readonly struck: Map<string, Device>
}

export type Stage = Pick<
  World,
  'clock' | 'cast' | 'residents' | 'random' | 'now' | 'write' | 'takeAway' | 'bringBack' | 'slow' | 'onArrival'
> & {
  readonly network: Pick<World['network'], 'partition' | 'degrade'>
}

/** Faults that overlap add up, and the end of one leaves the others. */
export function scheduleFaults(world: Stage, { faults }: Scenario): void {
  const { clock, network, residents } = world
  const lasting = new Set<Lasting>()

  for (const [index, fault] of faults.entries()) {
    clock.after(fault.atSeconds * second, () => strike(fault, `${fault.kind}-${index}`))
  }
  world.onArrival((device) => {
    for (const one of lasting) {
      // A region that is cut off stays so whoever comes there meanwhile.
      if (one.fault.share === 1 && isNamed(device, one.fault)) one.struck.set(device.name, device)
      if (one.struck.has(device.name)) apply(one.fault.kind, [device])
    }
  })

  function strike(fault: FaultSpec, what: string): void {
    const struck = drawTargets(world, fault, what)
    world.write({ t: world.now(), kind: 'fault', what, who: struck.map(({ name }) => name) })
    if (fault.kind === 'leave') leaveInTurn(fault, struck, what)
    else last(fault, struck, what)
  }

  function last(fault: Lasting['fault'], struck: readonly Device[], what: string): void {
    const one: Lasting = { fault, struck: new Map(struck.map((device) => [device.name, device])) }
    lasting.add(one)
    apply(fault.kind, struck)
    if (fault.forSeconds === undefined) return
    clock.after(fault.forSeconds * second, () => {
      lasting.delete(one)
      apply(fault.kind, one.struck.values())
      world.write({ t: world.now(), kind: 'mended', what })
    })
  }

  /** Makes what holds of some devices what the lasting faults of one kind say together. */
  function apply(kind: Lasting['fault']['kind'], devices: Iterable<Device>): void {
    const alike = [...lasting].filter(({ fault }) => fault.kind === kind)
    if (kind === 'partition') {
      network.partition(sidesOf(alike))
      return
    }
    for (const device of devices) {
      const its = alike.filter(({ struck }) => struck.has(device.name)).map(({ fault }) => fault)
      if (kind === 'degrade') network.degrade(device.identity.peerId, qualityOf(device, its))
      else world.slow(device, slownessOf(its))
    }
  }

  function leaveInTurn(fault: Extract<FaultSpec, { kind: 'leave' }>, struck: readonly Device[], what: string): void {
    const { everySeconds, returnAfterSeconds } = fault
    struck.forEach((device, i) => {
      clock.after(i * everySeconds * second, () => {
        if (!residents.has(device.name)) return
        world.takeAway(device, fault.how)
        if (returnAfterSeconds !== undefined) clock.after(returnAfterSeconds * second, () => world.bringBack(device))
      })
    })
    if (returnAfterSeconds === undefined) return
    const allBack = Math.max(0, struck.length - 1) * everySeconds + returnAfterSeconds
    clock.after(allBack * second, () => world.write({ t: world.now(), kind: 'mended', what }))
  }
}

/** Two can speak that are on the same side of every partition. */
function sidesOf(partitions: readonly Lasting[]) {
  const cuts = new Map<Device['identity']['peerId'], string>()
  for (const [i, { struck }] of partitions.entries()) {
    for (const { identity } of struck.values()) cuts.set(identity.peerId, `${cuts.get(identity.peerId) ?? ''}${i} `)
  }
  return [...Map.groupBy(cuts.keys(), (peer) => cuts.get(peer)!).values()]
}

function slownessOf(faults: readonly FaultSpec[]): number {
  return faults.reduce((factor, fault) => factor * (fault.kind === 'slow' ? fault.factor : 1), 1)
}

function qualityOf({ bytesPerSecond }: Device, faults: readonly FaultSpec[]): LinkQuality {
  const quality = { latencyMs: 0, lossRate: 0, bytesPerSecond }
  for (const fault of faults) {
    if (fault.kind !== 'degrade') continue
    quality.latencyMs += fault.latencyMs
    quality.lossRate = 1 - (1 - quality.lossRate) * (1 - fault.lossRate)
    if (fault.uplinkKBps !== undefined) {
      quality.bytesPerSecond = Math.min(quality.bytesPerSecond, 1_000 * fault.uplinkKBps)
    }
  }
  return quality
}

function isNamed({ name, zone, crowd }: Device, { kind, who }: FaultSpec): boolean {
  const isSeed = crowd === 'seeds'
  // Seeds do not train.
  if (kind === 'slow' && isSeed) return false
  return who === 'everyone' || zone === who || crowd === who || (isSeed && name === who)
}

/**
 * Of those that are named and here, `share`, one at least, drawn by lot; seeds in their own order. Nobody where a partition would
 * have all on one side.
 */
function drawTargets({ cast, residents, random }: Stage, fault: FaultSpec, what: string): Device[] {
  const { who, share } = fault
  if (share === 0) return []
  const byLot = () => {
    const named = [...residents.values()].map(({ device }) => device).filter((device) => isNamed(device, fault))
    const drawn = random.fork(`faults/${what}`).shuffle(named.sort((a, b) => (a.name < b.name ? -1 : 1)))
    return drawn.slice(0, Math.max(1, Math.round(share * drawn.length)))
  }
  const isAllSeeds = who === 'seeds' && share === 1
  const struck = isAllSeeds ? cast.seeds.filter(({ name }) => residents.has(name)) : byLot()
  return fault.kind === 'partition' && struck.length === residents.size ? [] : struck
}
