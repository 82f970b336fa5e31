/** A set of small whole numbers, a bit each: who of ten thousand peers has a message. @module */
export interface Places {
  has(place: number): boolean
  /** @returns whether it is new */
  add(place: number): boolean
  delete(place: number): void
}

export function createPlaces(): Places {
  let bits = new Uint8Array(16)
  const has = (place: number) => ((bits[place >> 3] ?? 0) & (1 << (place & 7))) !== 0
  return {
    has,
    add(place) {
      if (has(place)) return false
      const at = place >> 3
      if (at >= bits.length) {
        const grown = new Uint8Array(Math.max(at + 1, 2 * bits.length))
        grown.set(bits)
        bits = grown
      }
      bits[at] = bits[at]! | (1 << (place & 7))
      return true
    },
    delete(place) {
      const at = place >> 3
      if (at < bits.length) bits[at] = bits[at]! & ~(1 << (place & 7))
    },
  }
}
