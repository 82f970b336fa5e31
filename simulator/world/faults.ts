/** Plays a scenario's faults on its world, each at its time, on those it names. @module */
import { second } from '../../peer-core/index.ts'
import type { FaultSpec, Scenario } from '../scenario/schema.ts'
import type { Device } from './cast.ts'
import type { World } from './world.ts'

export function scheduleFaults(world: World, { faults }: Scenario): void {
  // Peers of several partitions at once are in none: the last one to begin holds until it ends.
  for (const [index, fault] of faults.entries()) {
    world.clock.after(fault.atSeconds * second, () => strike(world, fault, `${fault.kind}-${index}`))
  }
}

function strike(world: World, fault: FaultSpec, what: string): void {
  const { clock, network } = world
  const struck = drawTargets(world, fault.who, fault.share, what)
  const ids = struck.map(({ identity }) => identity.peerId)
  world.write({ t: world.now(), kind: 'fault', what, who: struck.map(({ name }) => name) })
  const mend = (forSeconds: number | undefined, undo: () => void) => {
    if (forSeconds === undefined) return
    clock.after(forSeconds * second, () => {
      undo()
      world.write({ t: world.now(), kind: 'mended', what })
    })
  }
  switch (fault.kind) {
    case 'partition':
      network.partition([ids])
      mend(fault.forSeconds, network.heal)
      return
    case 'slow':
      for (const device of struck) world.slow(device, fault.factor)
      mend(fault.forSeconds, () => {
        for (const device of struck) world.slow(device, 1)
      })
      return
    case 'degrade': {
      const { latencyMs, lossRate, uplinkKBps } = fault
      for (const { identity, bytesPerSecond } of struck) {
        const uplink = uplinkKBps === undefined ? bytesPerSecond : 1_000 * uplinkKBps
        network.degrade(identity.peerId, { latencyMs, lossRate, bytesPerSecond: uplink })
      }
      mend(fault.forSeconds, () => {
        for (const device of struck) network.place(device)
      })
      return
    }
    case 'leave': {
      const { returnAfterSeconds } = fault
      struck.forEach((device, i) => {
        clock.after(i * fault.everySeconds * second, () => {
          world.leave(device, fault.how)
          if (returnAfterSeconds === undefined) return
          clock.after(returnAfterSeconds * second, () => world.arrive(device))
        })
      })
      const last = Math.max(0, struck.length - 1) * fault.everySeconds
      mend(returnAfterSeconds === undefined ? undefined : last + returnAfterSeconds, () => undefined)
      return
    }
    default:
      fault satisfies never
  }
}

/** Of those that `who` names and that are here, `share`, drawn by lot; seeds in their own order. */
function drawTargets(world: World, who: string, share: number, what: string): Device[] {
  const here = [...world.residents.values()].map(({ device }) => device)
  const named = here.filter(
    ({ name, zone, crowd }) => who === 'everyone' || name === who || zone === who || crowd === who,
  )
  if (who === 'seeds' && share === 1) return named
  const drawn = world.random.fork(`faults/${what}`).shuffle(named.sort((a, b) => (a.name < b.name ? -1 : 1)))
  return drawn.slice(0, Math.round(share * drawn.length))
}
