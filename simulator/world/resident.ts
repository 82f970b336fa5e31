/**
 * One present device: a production peer, and what its composition root does around it — finding a seed, joining the task
 * with data of its own, dialling again when it lost all seeds. It ends with a goodbye or without a word.
 * @module
 */
import {
  type Aggregation,
  createPeer,
  deadline,
  type Examples,
  messageOf,
  type Network,
  type Peer,
  type PeerEvent,
  type Random,
  type Stores,
  second,
  sleep,
  type TaskId,
  type Trainer,
} from '../../peer-core/index.ts'
import type { VirtualClock } from '../../peer-core/testing/virtual-clock.ts'
import type { Device } from './cast.ts'

export interface ResidentInit {
  readonly device: Device
  readonly network: Network
  readonly stores: Stores
  readonly clock: VirtualClock
  readonly random: Random
  readonly task: TaskId
  /** nearest first */
  readonly seeds: readonly Device[]
  readonly trainer?: Trainer
  readonly evaluator?: Trainer
  /** the peer's own when absent */
  readonly aggregation?: Aggregation
  readonly ownData?: Examples
  /** What it has to hand over from the start: the task's test examples. */
  readonly shares?: Uint8Array
  onEvent(event: PeerEvent): void
  /** It takes part from now on. */
  onJoined(peer: Peer): void
  onDefect(where: string, error: unknown): void
}

export interface Resident {
  readonly device: Device
  readonly peer: Peer
  joined: boolean
  /** Ends its life. The network was told before when it is to die without a word. */
  end(): void
}

const redialMs = 5 * second
const dialMs = 4 * second
const retryMs = second
/** A page that shows nothing wants no notice of changes. */
const never = 86_400_000

export function createResident(init: ResidentInit): Resident {
  const { device, network, clock, task, seeds, ownData } = init
  const gone = new AbortController()
  const peer = createPeer({ ...init, identity: device.identity, notifyMs: never })
  peer.onEvent(init.onEvent)

  const others = seeds.filter((seed) => seed !== device)
  const isSeed = others.length < seeds.length
  const connectedTo = (seed: Device) => network.connections().some((one) => one.peer === seed.identity.peerId)

  const dial = async (seed: Device) => {
    const { peerId } = seed.identity
    const limit = deadline(clock, dialMs, gone.signal)
    await network.dial(peerId, [`/memory/${peerId}/p2p/${peerId}`], limit.signal).catch(() => undefined)
    limit.clear()
  }

  /** A seed keeps connections to all others; everyone else to one of them, the nearest that answers. */
  const keepConnected = async () => {
    if (isSeed) {
      await Promise.all(others.filter((seed) => !connectedTo(seed)).map(dial))
      return
    }
    for (const seed of others) {
      if (others.some(connectedTo) || gone.signal.aborted) return
      await dial(seed)
    }
  }

  const enter = async () => {
    const seed = others.find(connectedTo)
    const stored = (await init.stores.ledger.tasks()).map(({ id }) => id)
    const asked =
      stored.length > 0 || seed === undefined ? [] : await peer.discover(seed.identity.peerId).catch(() => [])
    if (![...stored, ...asked].includes(task) || gone.signal.aborted) return
    await peer.join(task, ownData === undefined ? {} : { ownData })
    resident.joined = true
    init.onJoined(peer)
  }

  const live = async () => {
    await peer.start()
    if (init.shares !== undefined) await peer.share(init.shares)
    while (!gone.signal.aborted) {
      await keepConnected()
      if (!resident.joined && !gone.signal.aborted) await enter()
      await sleep(clock, resident.joined ? redialMs : retryMs, gone.signal)
    }
  }

  const resident: Resident = {
    device,
    peer,
    joined: false,
    end() {
      gone.abort(new Error('gone'))
      peer.stop().catch((error: unknown) => init.onDefect('stop', error))
    },
  }
  live().catch((error: unknown) => {
    if (!gone.signal.aborted) init.onDefect(`life: ${messageOf(error)}`, error)
  })
  return resident
}
