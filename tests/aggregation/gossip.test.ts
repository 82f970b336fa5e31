import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  clippedSum,
  type Neighbourhood,
  practicalClipping,
  selfCenteredClipping,
  trimmedSum,
} from '../../peer-core/aggregation/gossip/index.ts'
import { AggregationError } from '../../peer-core/aggregation/index.ts'
import { bitsOf, crowds, extreme, longRows } from './crowds.ts'

const rules: readonly (readonly [string, (around: Neighbourhood, amount: number) => Float32Array])[] = [
  ['selfCenteredClipping', selfCenteredClipping],
  ['practicalClipping', practicalClipping],
  ['clippedSum', clippedSum],
  ['trimmedSum', trimmedSum],
]

const own = Float32Array.of(0, 0, 0)
const near = [Float32Array.of(1, 0, 0), Float32Array.of(0, 1, 0), Float32Array.of(0, 0, 1)]

describe.each(rules)('%s', (_, rule) => {
  it('gives the same bits for every order of neighbours', () => {
    fc.assert(
      fc.property(crowds(), fc.double({ min: 0, max: 0.4, noNaN: true }), ({ rows, weights }, liars) => {
        const total = 2 * weights.reduce((a, b) => a + b)
        const edges = weights.map((weight) => weight / total)
        const straight = rule({ own: rows[0]!, neighbours: rows, weights: edges }, liars)
        const turned = rule({ own: rows[0]!, neighbours: rows.toReversed(), weights: edges.toReversed() }, liars)
        expect(bitsOf(turned)).toBe(bitsOf(straight))
      }),
    )
  })

  it('stays where it is among neighbours that agree with it', () => {
    const model = longRows(1, 1, 700)[0]!
    expect(rule({ own: model, neighbours: [model, model, model] }, 0.25)).toEqual(model)
  })

  it('stays where it is alone', () => {
    expect(rule({ own: near[0]!, neighbours: [] }, 0.25)).toEqual(near[0])
  })

  it('never gives NaN or infinity', () => {
    fc.assert(
      fc.property(crowds({ coordinate: extreme }), ({ rows }) => {
        expect(rule({ own: rows[0]!, neighbours: rows.slice(1) }, 0.3).every(Number.isFinite)).toBe(true)
      }),
    )
  })

  it.each([
    ['LENGTH_MISMATCH', { own, neighbours: [Float32Array.of(1)] }, 0.1],
    ['NON_FINITE', { own, neighbours: [Float32Array.of(1, Number.NaN, 0)] }, 0.1],
    ['NON_FINITE', { own: Float32Array.of(0, 0, Number.POSITIVE_INFINITY), neighbours: near }, 0.1],
    ['BAD_WEIGHT', { own, neighbours: near, weights: [0.5, 0.4, 0.3] }, 0.1],
    ['BAD_WEIGHT', { own, neighbours: near, weights: [0.5, 0, 0.3] }, 0.1],
    ['LENGTH_MISMATCH', { own, neighbours: near, weights: [0.5] }, 0.1],
    [/BAD_BYZANTINE_WEIGHT|BAD_PARAMETERS/, { own, neighbours: near }, Number.NaN],
  ] as const)('refuses with %s', (code, around, amount) => {
    expect(() => rule(around, amount)).toThrow(AggregationError)
    expect(() => rule(around, amount)).toThrow(code)
  })
})

describe('clippedSum', () => {
  it('stands still when twice the liars hold all the edges', () => {
    expect(clippedSum({ own, neighbours: near, weights: [0.1, 0.1, 0.1] }, 0.16)).toEqual(own)
  })

  it('is plain gossip without liars', () => {
    const mixed = clippedSum({ own, neighbours: near }, 0)
    expect([...mixed]).toEqual([0.25, 0.25, 0.25])
  })

  it('lets a liar pull no farther than an honest neighbour would', () => {
    fc.assert(
      fc.property(fc.integer(), fc.array(extreme, { minLength: 4, maxLength: 4 }), (seed, lie) => {
        const [self, ...honest] = longRows(seed, 7, 4) as [Float32Array, ...Float32Array[]]
        const liar = Float32Array.from(lie)
        const weights = [...honest, liar].map(() => 1 / 8)
        const moved = clippedSum({ own: self, neighbours: [...honest, liar], weights }, 1 / 8)
        const gap = (a: Float32Array) => Math.hypot(...a.map((x, k) => x - self[k]!))
        expect(gap(moved)).toBeLessThanOrEqual((7 / 8) * Math.max(...honest.map(gap)) * 1.001)
      }),
    )
  })
})

describe('trimmedSum', () => {
  it('leaves the farthest out and gives the one at the cut what is left of it', () => {
    const neighbours = [Float32Array.of(1), Float32Array.of(2), Float32Array.of(100)]
    const mixed = trimmedSum({ own: Float32Array.of(0), neighbours, weights: [0.2, 0.2, 0.2] }, 0.3)
    expect(mixed[0]).toBeCloseTo(0.2 * 1 + 0.1 * 2, 6)
  })
})

describe('selfCenteredClipping', () => {
  it('moves by no more than the radius for the weight there is', () => {
    fc.assert(
      fc.property(
        crowds({ coordinate: extreme }),
        fc.double({ min: 1e-3, max: 10, noNaN: true }),
        ({ rows }, radius) => {
          const zero = new Float32Array(rows[0]!.length)
          const moved = selfCenteredClipping({ own: zero, neighbours: rows }, radius)
          expect(Math.hypot(...moved)).toBeLessThanOrEqual(radius * 1.0001)
        },
      ),
    )
  })
})
