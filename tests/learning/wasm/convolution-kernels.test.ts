import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Random, seededRandom } from '../../../peer-core/foundation/index.ts'
import { compileKernels, compileRelaxedKernels, startKernels } from '../../../peer-core/learning/wasm/kernels.ts'

const at = {
  source: 65_536,
  rows: 75_008,
  taps: 76_032,
  panels: 77_056,
  bias: 85_248,
  outRows: 85_504,
  sums: 86_016,
  sumRows: 94_208,
  winners: 95_232,
  out: 96_256,
  lists: 104_448,
  counts: 120_832,
} as const

async function started(compile = compileKernels) {
  const memory = new WebAssembly.Memory({ initial: 3 })
  const kernels = await startKernels(await compile(), memory)
  const floats = (place: number, count: number) => new Float32Array(memory.buffer, place, count)
  return {
    kernels,
    floats,
    bytes: (place: number, count: number) => new Uint8Array(memory.buffer, place, count),
    draw(place: number, count: number, random: Random) {
      const values = floats(place, count)
      for (let i = 0; i < count; i++) values[i] = random.next() - 0.5
      return values
    },
    table(place: number, count: number, offset: (i: number) => number) {
      new Uint32Array(memory.buffer, place, count).set(Array.from({ length: count }, (_, i) => offset(i)))
    },
  }
}

describe('pooledGemm', () => {
  const shapes = fc.record({
    windows: fc.integer({ min: 1, max: 9 }),
    depth: fc.integer({ min: 1, max: 12 }),
    units: fc.constantFrom(8, 16),
    relu: fc.boolean(),
    seed: fc.nat(),
  })

  const both = [
    ['exact', compileKernels],
    ['fused', compileRelaxedKernels],
  ] as const

  it.each(both)('gives the bits of a product, its pool and its ReLU, and the same winners: %s', async (_, compile) => {
    const { kernels, floats, bytes, draw, table } = await started(compile)
    fc.assert(
      fc.property(shapes, ({ windows, depth, units, relu, seed }) => {
        const random = seededRandom(seed)
        draw(at.source, 4 * windows + depth, random)
        draw(at.panels, units * depth, random)
        draw(at.bias, units, random)
        table(at.rows, 4 * windows, (i) => 4 * i)
        table(at.taps, depth, (k) => 4 * k)
        table(at.outRows, windows, (i) => 4 * units * i)
        table(at.sumRows, 4 * windows, (i) => 4 * units * i)
        const [from, product] = [at.source, [at.rows, at.taps, at.panels, at.bias] as const]
        kernels.gemm(4 * windows, depth, units, from, ...product, at.sums, at.sumRows, 0)
        kernels.maxPool(windows, 4, units, at.sums, at.sumRows, at.out, at.outRows, at.winners)
        if (relu) kernels.activate(windows, units, 1, at.out, at.outRows)
        const [out, won] = [floats(at.out, windows * units), bytes(at.winners, windows * units)]
        const [wanted, wantedWinners] = [out.slice(), won.slice()]
        out.fill(9)
        won.fill(9)
        kernels.pooledGemm(windows, depth, units, from, ...product, relu ? 1 : 0, at.out, at.outRows, at.winners)
        expect([...out]).toEqual([...wanted])
        expect([...won]).toEqual([...wantedWinners])
      }),
      { numRuns: 100 },
    )
  })

  it.each(both)(
    'takes the first of several that are equal, and lets no NaN pass for a number: %s',
    async (_, compile) => {
      const { kernels, floats, bytes, table } = await started(compile)
      floats(at.panels, 8).fill(1)
      floats(at.bias, 8).fill(0)
      table(at.rows, 4, (i) => 4 * i)
      table(at.taps, 1, () => 0)
      table(at.outRows, 1, () => 0)
      const from = [at.source, at.rows, at.taps, at.panels, at.bias] as const
      for (const relu of [0, 1]) {
        const pooled = (...window: number[]) => {
          floats(at.source, 4).set(window)
          kernels.pooledGemm(1, 1, 8, ...from, relu, at.out, at.outRows, at.winners)
          return [new Set(floats(at.out, 8)), new Set(bytes(at.winners, 8))]
        }
        expect(pooled(2, 2, 2, 2)).toEqual([new Set([2]), new Set([0])])
        for (const place of [0, 1, 2, 3]) {
          for (const others of [[1, 3, 2, 0], [0, -1, -2, -3], Array(4).fill(Infinity), Array(4).fill(-Infinity)]) {
            expect(pooled(...others.with(place, Number.NaN))[0]).toEqual(new Set([Number.NaN]))
            const ended = others.map((value, i) => (i < place ? value : Number.NaN))
            expect(pooled(...ended)[0]).toEqual(new Set([Number.NaN]))
          }
        }
      }
    },
  )
})

describe('lineGradients', () => {
  it('adds up what lies under the winners, for lines of every length', async () => {
    const { kernels, floats, bytes, draw, table } = await started()
    const shapes = fc.record({
      rows: fc.integer({ min: 0, max: 7 }),
      units: fc.constantFrom(4, 8),
      length: fc.integer({ min: 1, max: 4 }),
      pooled: fc.boolean(),
      add: fc.boolean(),
      seed: fc.nat(),
    })
    fc.assert(
      fc.property(shapes, ({ rows, units, length, pooled, add, seed }) => {
        const random = seededRandom(seed)
        const [positions, stride] = [pooled ? 4 : 1, 12]
        const g = draw(at.sums, rows * units, random)
        const source = draw(at.source, rows * positions + 3 * stride, random)
        const won = bytes(at.winners, rows * units)
        for (let i = 0; i < won.length; i++) won[i] = random.integer(4)
        table(at.rows, rows * positions, (i) => 4 * i)
        const size = units * 3 * length
        const before = draw(at.out, size + 1, random).slice()
        const winners = pooled ? at.winners : 0
        const from = [at.source, at.rows, 4 * stride, length] as const
        kernels.lineGradients(rows, units, at.sums, winners, positions, ...from, at.out, add ? 1 : 0)
        const out = floats(at.out, size + 1)
        for (let i = 0; i < size; i++) {
          const [unit, line, k] = [Math.floor(i / (3 * length)), Math.floor(i / length) % 3, i % length]
          let wanted = add ? before[i]! : 0
          for (let r = 0; r < rows; r++) {
            const pixel = r * positions + (pooled ? won[r * units + unit]! : 0)
            wanted += g[r * units + unit]! * source[pixel + line * stride + k]!
          }
          expect(Math.abs(out[i]! - wanted)).toBeLessThan(1e-5)
        }
        expect(out[size]).toBe(before[size])
      }),
    )
  })
})

describe('spread', () => {
  it('adds weights where the entries point, segment by segment, and nowhere else', async () => {
    const { kernels, floats, draw, table } = await started()
    const shapes = fc.record({
      length: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 45, max: 70 })),
      entries: fc.integer({ min: 0, max: 5 }),
      seed: fc.nat(),
    })
    fc.assert(
      fc.property(shapes, ({ length, entries, seed }) => {
        const random = seededRandom(seed)
        const [units, segments, stride, capacity, away] = [2, 2, 100, 64, at.out - at.source]
        const weights = draw(at.panels, units * segments * length, random)
        const out = draw(at.out, 2 * stride + 80, random)
        const wanted = Float64Array.from(out)
        table(at.counts, units, () => entries)
        for (let i = 0; i < units; i++) {
          for (let e = 0; e < entries; e++) {
            const [place, g] = [random.integer(9), random.next()]
            table(at.lists + i * capacity + 8 * e, 1, () => at.source + 4 * place)
            floats(at.lists + i * capacity + 8 * e + 4, 1)[0] = g
            for (let s = 0; s < segments; s++) {
              for (let k = 0; k < length; k++) {
                wanted[place + s * stride + k]! += g * weights[(i * segments + s) * length + k]!
              }
            }
          }
        }
        const lists = [at.lists, capacity, at.counts, away] as const
        const unitStride = 4 * segments * length
        kernels.spread(units, ...lists, segments, 4 * stride, 4 * length, length, at.panels, unitStride)
        for (const [i, value] of out.entries()) expect(Math.abs(value - wanted[i]!)).toBeLessThan(1e-5)
      }),
    )
  })
})
