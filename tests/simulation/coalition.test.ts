import { describe, expect, it } from 'vitest'
import { attacks } from '../../peer-core/aggregation/attacks/index.ts'
import { seededRandom, type Trainer, type TrainJob } from '../../peer-core/index.ts'
import { scenarioSchema } from '../../simulator/index.ts'
import { type Coalition, createCoalition } from '../../simulator/world/coalition.ts'
import { lyingTrainer } from '../../simulator/world/trainers.ts'

const { aggregation } = scenarioSchema.parse({}).task
const random = seededRandom('coalition')
const deltas = Array.from({ length: 16 }, () => Float32Array.from({ length: 8 }, () => 1 + random.normal()))
const job = { weights: new Float32Array(8) } as TrainJob

/** What a trainer of these learns, whatever it is asked. */
const learns = (delta: Float32Array) => ({ train: async () => ({ delta }) }) as unknown as Trainer

function coalition(attack: keyof typeof attacks, crowd: { liars: number; peers: number }, seen = deltas): Coalition {
  return createCoalition({ attack, ...crowd, seed: 1, aggregation, seen: async () => seen.map(learns) })
}

describe('createCoalition', () => {
  it.each(Object.keys(attacks) as (keyof typeof attacks)[])('lies by %s in a crowd of any size', async (attack) => {
    for (const crowd of [
      { liars: 2, peers: 10 },
      { liars: 8, peers: 10 },
      { liars: 100_100, peers: 1_001_000 },
    ]) {
      const seen = deltas.slice(0, crowd.peers - crowd.liars)
      const lie = await coalition(attack, crowd, seen).forge(job, crowd.liars - 1, deltas[0]!)
      expect(lie).toHaveLength(8)
    }
  })

  it('lies in a crowd as it would beside those that it sees', async () => {
    const few = await coalition('optimal-ipm', { liars: 4, peers: 20 }).forge(job, 0, deltas[0]!)
    const many = await coalition('optimal-ipm', { liars: 2_000, peers: 10_000 }).forge(job, 0, deltas[0]!)
    expect(many).toEqual(few)
  })
})

describe('lyingTrainer', () => {
  it('tells when a lie could not be made', async () => {
    const failures: unknown[] = []
    const broken: Coalition = { forge: () => Promise.reject(new RangeError('no lie')) }
    const onFailure = (error: unknown) => void failures.push(error)
    const liar = lyingTrainer(learns(deltas[0]!), broken, { number: 0, isLying: () => true, onFailure })
    await expect(liar.train(job)).rejects.toThrow('no lie')
    expect(failures).toEqual([new RangeError('no lie')])
    const honest = lyingTrainer(learns(deltas[0]!), broken, { number: 0, isLying: () => false, onFailure })
    expect((await honest.train(job)).delta).toBe(deltas[0])
  })
})
