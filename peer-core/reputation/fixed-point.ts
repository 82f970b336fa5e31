/**
 * Standing in whole millionths, so that every engine comes to the same number.
 *
 * Products of two millionths stay below 2⁵³, so `number` is exact; every division rounds down. Rounding down is monotone, which the
 * promise about whitewashing needs: more standing before a step is never less standing after it.
 * @module
 */

/** 1, in millionths */
export const ONE = 1_000_000

/** `⌊value · factor⌋`, both in millionths, neither negative */
export function times(value: number, factor: number): number {
  return Math.floor((value * factor) / ONE)
}

export function clamp(value: number, least: number, greatest: number): number {
  return Math.min(greatest, Math.max(least, value))
}
