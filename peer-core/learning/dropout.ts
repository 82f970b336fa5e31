/**
 * Which values a dropout layer zeroes: a function of the training's seed, the step, the layer and the value's place in the
 * batch, the same in every engine and kept nowhere. The wasm engine's kernel computes it too (wasm/assembly/dropout.ts).
 *
 * The mixer is Wellons' `lowbias32` ({@link https://github.com/skeeto/hash-prospector}): integers only.
 * @module
 */

/** Of one step. @param seed - of the training. @param step - from 0 */
export function stepKey(seed: number, step: number): number {
  return mix(mix(seed) + step)
}

/**
 * Factors of `count` values: zero with probability `rate`, else `1 / (1 − rate)`.
 *
 * @param key - of the step
 * @param ordinal - of the layer among the model's dropout layers, from 0
 */
export function dropoutFactors(key: number, ordinal: number, rate: number, count: number): Float32Array {
  const layerKey = mix(key + ordinal)
  const [threshold, kept] = [dropoutThreshold(rate), 1 / (1 - rate)]
  return Float32Array.from({ length: count }, (_, i) =>
    mix(Math.imul(i, 0x9e3779b9) + layerKey) >>> 0 < threshold ? 0 : kept,
  )
}

/** A value is dropped whose hash, an unsigned 32-bit integer, is below this. */
export function dropoutThreshold(rate: number): number {
  return Math.floor(rate * 2 ** 32)
}

function mix(value: number): number {
  let x = value | 0
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d)
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b)
  return x ^ (x >>> 16)
}
