/** Who trains how: the engine of the scenario, at each device's pace, and what liars do instead. @module */
import { attacks } from '../../peer-core/aggregation/attacks/index.ts'
import type { Network, Trainer } from '../../peer-core/index.ts'
import { createTrainer } from '../../peer-core/learning/index.ts'
import { closedFormTrainer } from '../../peer-core/testing/closed-form-trainer.ts'
import { protocols } from '../../peer-core/wire/index.ts'
import type { Scenario } from '../scenario/schema.ts'
import type { Cast, Device, Liar } from './cast.ts'
import { type Coalition, createCoalition } from './coalition.ts'
import type { Curriculum } from './data.ts'
import { flippingTrainer, lyingTrainer, type Pace, pacedTrainer, silentTrainer } from './trainers.ts'

export interface Studies {
  trainer(device: Device, pace: Pace, now: () => number): Trainer
  evaluator(clock: Pace['clock']): Trainer
  /** The network as this device uses it. */
  network(device: Device, network: Network, now: () => number): Network
}

/** Honest devices that a coalition looks at. */
const mostSeen = 16

export async function createStudies(
  { data, task }: Scenario,
  seed: number,
  cast: Cast,
  curriculum: Curriculum,
  onDefect: (device: string, where: string, error: unknown) => void,
): Promise<Studies> {
  const real = data.learning.kind === 'handwriting'
  const shared = real ? await createTrainer({ engine: 'wasm' }) : undefined
  const coalitions = new Map<number, Coalition>()

  const plain = (name: string): Trainer => (shared === undefined ? closedFormTrainer() : namedTrainer(shared, name))

  const seen = async (): Promise<Trainer[]> => {
    if (real) return []
    const honest: Trainer[] = []
    for (let i = 0; i < cast.size && honest.length < mostSeen; i++) {
      const device = cast.contributor(i)
      if (device.liar !== undefined) continue
      const trainer = closedFormTrainer()
      await trainer.load('own', curriculum.ofDevice(device.name))
      honest.push(trainer)
    }
    return honest
  }

  const coalitionOf = ({ attack, entry, liars }: Liar): Coalition | undefined => {
    if (!(attack in attacks)) return undefined
    const known = coalitions.get(entry)
    if (known !== undefined) return known
    const made = createCoalition({
      attack: attack as keyof typeof attacks,
      liars,
      peers: cast.size,
      seed,
      aggregation: task.aggregation,
      seen,
    })
    coalitions.set(entry, made)
    return made
  }

  const lies = ({ fromSeconds, untilSeconds = Number.POSITIVE_INFINITY }: Liar, now: () => number) => {
    return () => now() >= 1_000 * fromSeconds && now() < 1_000 * untilSeconds
  }

  return {
    trainer({ name, liar }, pace, now) {
      const honest = pacedTrainer(plain(name), pace)
      if (liar === undefined) return honest
      const isLying = lies(liar, now)
      const coalition = coalitionOf(liar)
      const onFailure = (error: unknown) => onDefect(name, `attack ${liar.attack}`, error)
      if (coalition !== undefined) return lyingTrainer(honest, coalition, { number: liar.number, isLying, onFailure })
      if (liar.attack === 'label-flip') return flippingTrainer(honest, isLying)
      return liar.attack === 'silent' ? silentTrainer(honest, isLying) : honest
    },
    evaluator: (clock) => pacedTrainer(plain('evaluator'), { clock, msPerStep: () => 0 }),
    network({ liar }, network, now) {
      return liar?.attack === 'withhold' ? withholding(network, lies(liar, now)) : network
    },
  }
}

/** Announces its work, and hands nobody the bytes while `isLying`. */
function withholding(network: Network, isLying: () => boolean): Network {
  const handle: Network['streams']['handle'] = (protocol, handler) => {
    if (protocol !== protocols.exchange) return network.streams.handle(protocol, handler)
    return network.streams.handle(protocol, {
      ...handler,
      serve: async (stream) => (isLying() ? stream.abort(new Error('nothing for you')) : handler.serve(stream)),
    })
  }
  return { ...network, streams: { ...network.streams, handle } }
}

/** One engine for all devices: data by the device's name, one job at a time. */
function namedTrainer(shared: Trainer, name: string): Trainer {
  const nameOf = (data: string) => `${name}/${data}`
  return {
    ...shared,
    load: (data, examples) => shared.load(nameOf(data), examples),
    unload: (data) => shared.unload(nameOf(data)),
    train: (job, options) => shared.train({ ...job, data: nameOf(job.data) }, options),
    evaluate: (job, options) => shared.evaluate({ ...job, data: nameOf(job.data) }, options),
    predict: (model, weights, features) => shared.predict(model, weights, features),
    close: async () => undefined,
  }
}
