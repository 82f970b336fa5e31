/**
 * When devices come and how long they stay. Whoever is there from the start comes within a moment; visitors come as a
 * Poisson process, each a device that is not here, and stay as long as their population does. Who goes may come again.
 * @module
 */
import { type Random, second } from '../../peer-core/index.ts'
import type { Crowd, Scenario, Stay } from '../scenario/schema.ts'
import type { World } from './world.ts'

/** Of a population's devices, the first so many take part in full; the others are modelled. */
export type Places = ReadonlyMap<string, number>

export function scheduleVisits(world: World, scenario: Scenario, places: Places): void {
  const { clock, cast } = world
  for (const seed of cast.seeds) world.arrive(seed)
  let first = 0
  for (const crowd of scenario.population) {
    const random = world.random.fork(`visits/${crowd.name}`)
    const from = first
    first += crowd.count
    const count = places.get(crowd.name) ?? crowd.count
    const visit = (index: number) => {
      const device = cast.contributor(from + index)
      world.arrive(device)
      if (crowd.stay.kind === 'forever') return
      clock.after(drawStay(crowd.stay, random), () => {
        world.leave(device, random.next() < crowd.crashShare ? 'crash' : 'goodbye')
      })
    }
    if (crowd.arrive.kind === 'at-start') {
      for (let i = 0; i < count; i++) {
        const after = random.next() * crowd.arrive.withinSeconds * second
        clock.after(after, () => comeAndGo(i, crowd, random, visit))
      }
    } else scheduleArrivals(crowd, count, random, visit)
  }

  /** A device of a population that is there from the start comes back once it has gone, after as long as it stayed. */
  function comeAndGo(index: number, crowd: Crowd, random: Random, visit: (index: number) => void): void {
    visit(index)
    if (crowd.stay.kind === 'forever') return
    const cycle = 2 * meanOf(crowd.stay) * (0.5 + random.next())
    clock.after(cycle, () => comeAndGo(index, crowd, random, visit))
  }

  function scheduleArrivals(crowd: Crowd, count: number, random: Random, visit: (index: number) => void): void {
    if (crowd.arrive.kind !== 'poisson') return
    const { perMinute } = crowd.arrive
    // Each in its turn, so that a device has long gone when it is its turn again.
    let next = 0
    const arrive = () => {
      visit(next % count)
      next++
      clock.after(exponential(random, 60_000 / perMinute), arrive)
    }
    clock.after(exponential(random, 60_000 / perMinute), arrive)
  }
}

/** in ms, one at least */
export function drawStay(stay: Stay, random: Random): number {
  switch (stay.kind) {
    case 'forever':
      return Number.POSITIVE_INFINITY
    case 'exponential':
      return Math.max(1, exponential(random, stay.meanSeconds * second))
    case 'weibull': {
      // The mean of a Weibull with scale λ and shape k is λ·Γ(1 + 1/k).
      const scale = (stay.meanSeconds * second) / gamma(1 + 1 / stay.shape)
      return Math.max(1, scale * (-Math.log(1 - random.next())) ** (1 / stay.shape))
    }
    default:
      return stay satisfies never
  }
}

function meanOf(stay: Exclude<Stay, { kind: 'forever' }>): number {
  return stay.meanSeconds * second
}

export function exponential(random: Random, mean: number): number {
  return -mean * Math.log(1 - random.next())
}

/** Γ(x) for x ≥ 1, Lanczos (g = 7, n = 9; Numerical Recipes 3rd ed., §6.1): 15 digits. */
export function gamma(x: number): number {
  const coefficients = [
    676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406, 12.507343278686905,
    -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
  ]
  const at = x - 1
  const series = coefficients.reduce((sum, c, i) => sum + c / (at + i + 1), 0.9999999999998099)
  const t = at + 7.5
  return Math.sqrt(2 * Math.PI) * t ** (at + 0.5) * Math.exp(-t) * series
}
