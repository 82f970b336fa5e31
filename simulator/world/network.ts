/** The memory network of a scenario: latency from zones, routers that let nobody through. @module */
import type { PeerId, Random } from '../../peer-core/index.ts'
import { createMemoryMesh, type MemoryMesh } from '../../peer-core/testing/memory-network.ts'
import type { VirtualClock } from '../../peer-core/testing/virtual-clock.ts'
import type { Scenario } from '../scenario/schema.ts'
import type { Device } from './cast.ts'

export interface WorldNetwork extends MemoryMesh {
  /** Where a device is must be known before it joins. */
  place(device: Device): void
}

/** Within a zone, where the scenario gives one latency for all of them. */
const nearShare = 0.25

export function createWorldNetwork(
  { zones, latencyMs, jitterMs, lossRate, deadAfterSeconds }: Scenario['network'],
  clock: VirtualClock,
  random: Random,
): WorldNetwork {
  const devices = new Map<PeerId, Device>()
  const rows = latencyRows(zones, latencyMs)
  const zoneOf = (peer: PeerId) => zones.indexOf(devices.get(peer)?.zone ?? zones[0]!)
  const natOf = (peer: PeerId) => devices.get(peer)?.nat ?? 'open'
  const mesh = createMemoryMesh({
    clock,
    random,
    jitterMs,
    lossRate,
    deadAfterMs: 1_000 * deadAfterSeconds,
    topology: 'none',
    latencyMs: (from, to) => rows[zoneOf(from)]![zoneOf(to)]!,
    // Hole punching fails between two symmetric NATs, and between a symmetric one and a port-restricted cone
    // (Ford, Srisuresh, Kegel, USENIX 2005, §5.1); cones here are taken to be of the kind that it passes.
    punches: (a, b) => !(natOf(a) === 'symmetric' && natOf(b) === 'symmetric'),
  })
  return {
    ...mesh,
    place(device) {
      devices.set(device.identity.peerId, device)
      mesh.degrade(device.identity.peerId, { bytesPerSecond: device.bytesPerSecond })
    },
  }
}

function latencyRows(zones: readonly string[], latencyMs: number | readonly (readonly number[])[]) {
  if (typeof latencyMs !== 'number') return latencyMs
  const alone = zones.length === 1
  return zones.map((a) => zones.map((b) => (a === b && !alone ? latencyMs * nearShare : latencyMs)))
}
