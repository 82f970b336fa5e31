/**
 * When devices come and how long they stay. Of a population larger than what runs the protocol in full, each session does
 * with the same probability; the others are modelled. Who goes may come again, another device meanwhile.
 * @module
 */
import { type Random, second } from '../../peer-core/index.ts'
import type { Crowd, Scenario } from '../scenario/schema.ts'
import { shareInFull } from '../scenario/share-in-full.ts'
import type { ModelledCrowd } from './crowd.ts'
import { drawRest, drawStay, exponential } from './stay.ts'
import type { World } from './world.ts'

export type Door = Pick<World, 'clock' | 'cast' | 'random' | 'now' | 'arrive' | 'leave'>

export function scheduleVisits(world: Door, scenario: Scenario, modelled: Pick<ModelledCrowd, 'begin'>): void {
  const { clock, cast } = world
  for (const seed of cast.seeds) world.arrive(seed)
  const inFull = shareInFull(scenario)

  let start = 0
  for (const crowd of scenario.population) {
    scheduleCrowd(crowd, start, world.random.fork(`visits/${crowd.name}`))
    start += crowd.count
  }

  function scheduleCrowd(crowd: Crowd, first: number, random: Random): void {
    const { arrive, stay, count } = crowd
    const here = new Set<number>()

    const session = (index: number, stayMs: number, onEnd = () => {}) => {
      here.add(index)
      const device = inFull < 1 && random.next() >= inFull ? undefined : cast.contributor(first + index)
      if (device === undefined) modelled.begin(world.now(), stayMs)
      else world.arrive(device)
      if (stayMs === Number.POSITIVE_INFINITY) return
      clock.after(stayMs, () => {
        here.delete(index)
        if (device !== undefined) world.leave(device, random.next() < crowd.crashShare ? 'crash' : 'goodbye')
        onEnd()
      })
    }

    const keepComing = (perMs: number, from = 0) => {
      // Each in its turn; where all are here, nobody comes.
      let turn = from
      const next = () => {
        if (here.size < count) {
          while (here.has(turn % count)) turn++
          session(turn++ % count, drawStay(stay, random))
        }
        clock.after(exponential(random, 1 / perMs), next)
      }
      clock.after(exponential(random, 1 / perMs), next)
    }

    switch (arrive.kind) {
      case 'at-start': {
        const again = (index: number) => {
          session(index, drawStay(stay, random), () => {
            // Away for as long as devices stay, more or less.
            if (stay.kind === 'forever') return
            clock.after(stay.meanSeconds * second * (0.5 + random.next()), () => again(index))
          })
        }
        for (let i = 0; i < count; i++) {
          clock.after(random.next() * arrive.withinSeconds * second, () => again(i))
        }
        return
      }
      case 'poisson':
        keepComing(arrive.perMinute / 60_000)
        return
      case 'steady': {
        if (stay.kind === 'forever') return
        keepComing(arrive.concurrent / (stay.meanSeconds * second), arrive.concurrent)
        // Not all in the same instant: seeds greet each of them. Nobody comes as one of them meanwhile.
        for (let i = 0; i < arrive.concurrent; i++) {
          here.add(i)
          clock.after(random.next() * settlingMs, () => session(i, drawRest(stay, random)))
        }
        return
      }
      default:
        arrive satisfies never
    }
  }
}

/** Within so long those come that were there before. */
const settlingMs = 10 * second
