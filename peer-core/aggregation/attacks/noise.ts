/**
 * Deltas that are not even lies: noise, infinities, NaN, wild scales.
 * @module
 */
import { seededRandom } from '../../foundation/index.ts'
import { type Attack, each, times, together } from './attack.ts'

/** Independent normal noise instead of a delta; different for every liar and round. */
export function gaussianNoise({ mean = 0, deviation = 1 } = {}): Attack {
  return each((own, liar, { seed, round }) => {
    const random = seededRandom(`${seed}/gaussian/${round}/${liar}`)
    return Float64Array.from(own, () => mean + deviation * random.normal())
  })
}

/** Every coordinate is `value`: `Infinity` unless given, or `NaN`. */
export function constant(value = Number.POSITIVE_INFINITY): Attack {
  return together(({ honest }) => new Float64Array(honest[0]?.length ?? 0).fill(value))
}

/** The liar's own delta times `10^exponent`: a wrong learning rate, or model replacement (Bagdasaryan et al. 2020). */
export function scaled(exponent: number): Attack {
  return each((own) => times(own, 10 ** exponent))
}
