import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type AttackName,
  type AttackView,
  aLittle,
  attacks,
  bitFlip,
  constant,
  dissensus,
  dropPeers,
  flipLabels,
  gaussianNoise,
  innerProduct,
  largestHiddenShift,
  mimic,
  nearDuplicates,
  optimalALittle,
  optimalInnerProduct,
  scaled,
  signFlip,
  sleeper,
  widestPeer,
} from '../../peer-core/aggregation/attacks/index.ts'
import { clippedSum } from '../../peer-core/aggregation/gossip/index.ts'
import { checkContribution, createAggregator, defaultPipeline, type Vector } from '../../peer-core/aggregation/index.ts'
import { seededRandom } from '../../peer-core/foundation/index.ts'

const rows = (...values: number[][]) => values.map((row) => Float32Array.from(row))

/** Twenty honest deltas about one direction, as in a round early in training. */
function honestDeltas(seed: number, peers = 20, dimension = 50): Float32Array[] {
  const common = seededRandom(`direction/${seed}`)
  const direction = Float32Array.from({ length: dimension }, () => common.normal())
  return Array.from({ length: peers }, (_, i) => {
    const random = seededRandom(`${seed}/${i}`)
    return direction.map((x) => x + 0.5 * random.normal())
  })
}

function viewOf(overrides: Partial<AttackView> = {}): AttackView {
  return { honest: rows([1, 2, 3], [4, 5, 6], [7, 8, 9]), liars: 2, round: 0, seed: 1, ...overrides }
}

const mean = (deltas: readonly Vector[]) => createAggregator(['mean'])({ contributions: deltas, byzantineWeight: 0 })
const gap = (a: Vector, b: Vector) => Math.hypot(...Array.from(a, (x, k) => x - b[k]!))

describe.each(Object.keys(attacks) as AttackName[])('%s', (name) => {
  const honest = honestDeltas(1)
  const view = viewOf({ honest, own: honestDeltas(1, 25).slice(20), liars: 5, aggregate: mean })

  it('sends one delta for every liar, the same from the same seed', () => {
    const lies = attacks[name](view)
    expect(lies).toHaveLength(5)
    expect(lies.every((lie) => lie.length === 50)).toBe(true)
    expect(attacks[name](view)).toEqual(lies)
  })

  it('leaves honest deltas as they are', () => {
    const copies = honest.map((delta) => delta.slice())
    for (const lie of attacks[name](view)) lie.fill(9)
    expect(honest).toEqual(copies)
  })

  it('is withstood by the default pipeline', () => {
    const lies = attacks[name](view)
    // Infinities and NaN never get as far as aggregation.
    const taken = lies.filter((lie) => checkContribution(lie, { length: 50 }) === undefined)
    const aggregate = createAggregator(defaultPipeline)
    const result = aggregate({ contributions: [...honest, ...taken], byzantineWeight: taken.length })
    const center = mean(honest)
    const honestSpread = Math.max(...honest.map((delta) => gap(delta, center)))
    expect(gap(result, center)).toBeLessThan(honestSpread)
  })
})

describe('signFlip and bitFlip', () => {
  it('turn the honest mean, or the liars own deltas, around', () => {
    expect(signFlip()(viewOf())).toEqual(rows([-4, -5, -6], [-4, -5, -6]))
    expect(bitFlip()(viewOf({ own: rows([1, 0, -1], [2, 2, 2]) }))).toEqual(rows([-1, -0, 1], [-2, -2, -2]))
  })
})

describe('innerProduct', () => {
  it('turns the mean of a round around when it is strong enough', () => {
    const { honest } = viewOf()
    const lies = innerProduct(2)(viewOf())
    expect(mean([...honest, ...lies])[0]).toBeLessThan(0)
  })
})

describe('aLittle', () => {
  it('hides among honest deltas: some of them are farther out', () => {
    const honest = honestDeltas(3)
    const [lie] = aLittle()(viewOf({ honest, liars: 5 }))
    const center = mean(honest)
    expect(gap(lie!, center)).toBeLessThan(Math.max(...honest.map((delta) => gap(delta, center))))
  })

  it('uses the z of its paper', () => {
    expect(largestHiddenShift(25, 5)).toBeCloseTo(0.2533471, 6)
  })

  it('has a z also where its paper has none: liars are most, or nearly all', () => {
    // Φ⁻¹(3/4): one honest value of four is farther out.
    expect(largestHiddenShift(10, 6)).toBeCloseTo(0.6744898, 6)
    expect(largestHiddenShift(100_016, 100_000)).toBeCloseTo(1.5341206, 6)
    expect(largestHiddenShift(10, 9)).toBe(0)
  })

  it('goes as far as the crowd allows of which it sees a few', () => {
    const honest = honestDeltas(3)
    const [few] = aLittle()(viewOf({ honest, liars: 2, crowd: { peers: 200, liars: 20 } }))
    expect(few).toEqual(aLittle(largestHiddenShift(200, 20))(viewOf({ honest }))[0])
    expect(largestHiddenShift(200, 20)).toBeGreaterThan(0.1)
  })
})

describe.each([
  ['optimalInnerProduct', optimalInnerProduct(), innerProduct],
  ['optimalALittle', optimalALittle(), aLittle],
] as const)('%s', (_, optimal, fixed) => {
  it('moves the aggregate at least as far as the strengths it tries first', () => {
    const honest = honestDeltas(4, 10, 8)
    const aggregate = (deltas: readonly Vector[]) =>
      createAggregator(['arc', 'nnm', 'trimmed-mean'])({ contributions: deltas, byzantineWeight: 2 })
    const reach = (lies: Float32Array[]) => gap(aggregate([...honest, ...lies]), mean(honest))
    const view = viewOf({ honest, liars: 2, aggregate })
    for (const strength of [0, 10])
      expect(reach(optimal(view))).toBeGreaterThanOrEqual(reach(fixed(strength)(view)) - 1e-6)
  })

  it('goes on doubling against a rule that gives way without end', () => {
    const [lie] = optimal(viewOf({ honest: honestDeltas(4, 10, 8), aggregate: mean }))
    expect(Math.hypot(...lie!)).toBeGreaterThan(1e6)
  })

  it('asks for the rule that it is to beat', () => {
    expect(() => optimal(viewOf())).toThrow(RangeError)
  })
})

describe('mimic', () => {
  it('copies the peer farthest along the direction of largest variance', () => {
    const honest = rows([0, 1], [0, -1], [0.1, 0], [9, 0])
    expect(widestPeer(honest)).toBe(3)
    expect(mimic()(viewOf({ honest }))).toEqual(rows([9, 0], [9, 0]))
    expect(mimic(0)(viewOf({ honest }))[1]).toEqual(honest[0])
    expect(() => mimic(7)(viewOf())).toThrow(RangeError)
  })
})

describe('gaussianNoise', () => {
  it('differs between liars and rounds, and has the deviation asked for', () => {
    const honest = [new Float32Array(20_000)]
    const lies = [0, 1].flatMap((round) => gaussianNoise({ deviation: 3 })(viewOf({ honest, round })))
    expect(new Set(lies.map((lie) => lie[0])).size).toBe(4)
    const deviation = Math.sqrt(lies[0]!.reduce((total, x) => total + x * x, 0) / 20_000)
    expect(deviation).toBeGreaterThan(2.9)
    expect(deviation).toBeLessThan(3.1)
  })
})

describe('constant', () => {
  it.each([Number.NaN, Number.POSITIVE_INFINITY])(
    'sends nothing but %s, which is found before aggregation',
    (value) => {
      const [lie] = constant(value)(viewOf())
      expect(checkContribution(lie!, { length: 3 })).toEqual({ code: 'NON_FINITE', coordinate: 0, value })
    },
  )
})

describe('scaled', () => {
  it('is found by its norm', () => {
    const own = rows([1, 2, 3], [1, 1, 1])
    const [lie] = scaled(4)(viewOf({ own }))
    expect(lie).toEqual(Float32Array.of(10_000, 20_000, 30_000))
    expect(checkContribution(lie!, { length: 3, maxNorm: 100 })?.code).toBe('NORM_EXCEEDED')
  })
})

describe('nearDuplicates', () => {
  it('sends deltas that are not the same but nearly', () => {
    const [a, b] = nearDuplicates(signFlip(), 1e-3)(viewOf({ liars: 2 }))
    expect(a).not.toEqual(b)
    expect(gap(a!, b!)).toBeLessThan(1e-2)
  })
})

describe('sleeper', () => {
  it('is honest for so many rounds and lies from then on', () => {
    const own = rows([1, 2, 3], [3, 2, 1])
    const attack = sleeper(3, signFlip())
    expect(attack(viewOf({ own, round: 2 }))).toEqual(own)
    expect(attack(viewOf({ own, round: 3 }))).toEqual(signFlip()(viewOf()))
  })
})

describe('flipLabels', () => {
  it('mirrors labels and is its own inverse', () => {
    fc.assert(
      fc.property(fc.uint8Array({ max: 9 }), (labels) => {
        const flipped = flipLabels(labels, 10)
        expect(flipped.every((label, i) => label === 9 - labels[i]!)).toBe(true)
        expect(flipLabels(flipped, 10)).toEqual(labels)
      }),
    )
  })
})

describe('dissensus', () => {
  const own = Float32Array.of(0, 0)
  const honest = rows([1, 0], [1, 2])
  const weights = [0.25, 0.25]
  const lie = dissensus({ own, honest: honest.map((model, j) => ({ model, weight: weights[j]! })), liarsWeight: 0.25 })

  it('cancels what honest neighbours say under plain gossip', () => {
    const plain = clippedSum({ own, neighbours: [...honest, lie], weights: [...weights, 0.25] }, 0)
    expect(gap(plain, own)).toBeLessThan(1e-6)
  })

  it('does not stop a peer that clips', () => {
    const many = rows([1, 0.1], [1, 0], [1, -0.1], [1.1, 0], [0.9, 0])
    const edge = 1 / 7
    const push = dissensus({ own, honest: many.map((model) => ({ model, weight: edge })), liarsWeight: edge }, 2)
    const moved = clippedSum({ own, neighbours: [...many, push], weights: Array(6).fill(edge) }, edge)
    expect(moved[0]).toBeGreaterThan(0.3)
  })
})

describe('dropPeers', () => {
  it('leaves the victims out and the rest in order', () => {
    const contributions = [{ by: 'a' }, { by: 'b' }, { by: 'c' }]
    expect(dropPeers(contributions, ({ by }) => by, new Set(['b']))).toEqual([{ by: 'a' }, { by: 'c' }])
  })
})
