/**
 * Seeded random numbers: xoshiro128** (Blackman, Vigna 2018, {@link https://prng.di.unimi.it}), seeded by splitmix32.
 * For simulation, sharding and initial weights, never for keys.
 * @module
 */
export interface Random {
  /** uniform in [0, 1), 32 bits of it random */
  next(): number
  /** uniform integer in [0, below) */
  integer(below: number): number
  /** normal, mean 0, deviation 1 (Box–Muller, polar form; `Math.log` makes it unfit for what is voted on) */
  normal(): number
  /** Gamma(shape, 1) (Marsaglia, Tsang 2000) */
  gamma(shape: number): number
  /** in place, Fisher–Yates */
  shuffle<T>(items: T[]): T[]
  /** an independent stream, named */
  fork(name: string): Random
}

export function seededRandom(seed: number | string): Random {
  let state = typeof seed === 'string' ? hashText(seed) : seed >>> 0
  const splitmix = () => {
    state = (state + 0x9e3779b9) | 0
    let z = state
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
    return (z ^ (z >>> 15)) >>> 0
  }
  let a = splitmix()
  let b = splitmix()
  let c = splitmix()
  let d = splitmix() | 1
  const bits = () => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9)
    const t = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= t
    d = rotate(d, 11)
    return result >>> 0
  }
  const random: Random = {
    next: () => bits() / 0x1_0000_0000,
    integer: (below) => Math.floor(random.next() * below),
    normal() {
      for (;;) {
        const u = 2 * random.next() - 1
        const v = 2 * random.next() - 1
        const s = u * u + v * v
        if (s > 0 && s < 1) return u * Math.sqrt((-2 * Math.log(s)) / s)
      }
    },
    gamma(shape) {
      if (shape < 1) return random.gamma(shape + 1) * (1 - random.next()) ** (1 / shape)
      const d = shape - 1 / 3
      const c = 1 / Math.sqrt(9 * d)
      for (;;) {
        const x = random.normal()
        const v = (1 + c * x) ** 3
        if (v > 0 && Math.log(1 - random.next()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v
      }
    },
    shuffle(items) {
      for (let i = items.length - 1; i > 0; i--) {
        const j = random.integer(i + 1)
        const held = items[i]!
        items[i] = items[j]!
        items[j] = held
      }
      return items
    },
    fork: (name) => seededRandom(`${bits()}/${name}`),
  }
  return random
}

function rotate(x: number, by: number): number {
  return (x << by) | (x >>> (32 - by))
}

function hashText(text: string): number {
  // FNV-1a, 32 bits
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash >>> 0
}
