import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../../peer-core/foundation/index.ts'
import {
  activationCodes,
  compileKernels,
  compileRelaxedKernels,
  type Kernels,
  startKernels,
} from '../../../peer-core/learning/wasm/kernels.ts'

const at = { rows: 65_536, values: 65_600, gradients: 66_000, labels: 67_000, out: 68_000 }

async function started(): Promise<{ kernels: Kernels; memory: WebAssembly.Memory }> {
  const memory = new WebAssembly.Memory({ initial: 2 })
  return { kernels: await startKernels(await compileKernels(), memory), memory }
}

describe('evenGemm', () => {
  const places = { left: 65_600, panels: 90_000, bias: 120_000, out: 121_000, tables: 126_000 } as const
  const shapes = fc.record({
    rows: fc.integer({ min: 1, max: 12 }),
    depth: fc.integer({ min: 1, max: 21 }),
    columns: fc.integer({ min: 1, max: 19 }),
    turned: fc.boolean(),
    packed: fc.boolean(),
    start: fc.constantFrom('nothing', 'bias', 'sum'),
    seed: fc.nat(),
  })

  it.each([
    ['exact', compileKernels],
    ['fused', compileRelaxedKernels],
  ] as const)('is the product, whatever the shape, and the same bits by tables: %s', async (_, compile) => {
    const memory = new WebAssembly.Memory({ initial: 2 })
    const kernels = await startKernels(await compile(), memory)
    const table = (at: number, count: number, stride: number) => {
      new Uint32Array(memory.buffer, at, count).set(Array.from({ length: count }, (_, i) => i * stride))
      return at
    }
    fc.assert(
      fc.property(shapes, ({ rows, depth, columns, turned, packed, start, seed }) => {
        const random = seededRandom(seed)
        const drawn = (at: number, count: number) => {
          const values = new Float32Array(memory.buffer, at, count)
          for (let i = 0; i < count; i++) values[i] = random.next() - 0.5
          return values
        }
        const padded = Math.ceil(columns / 8) * 8
        const left = drawn(places.left, rows * depth)
        const panels = drawn(places.panels, padded * depth)
        const bias = drawn(places.bias, padded)
        const before = drawn(places.out, rows * columns + 1).slice()
        const [rowStride, tapStride] = turned ? [4, 4 * rows] : [4 * depth, 4]
        const [step, stride] = packed ? [32, 32 * depth] : [4 * padded, 32]
        const outStride = 4 * columns
        const rightAt = (k: number, j: number) => (k * step + Math.floor(j / 8) * stride) / 4 + (j % 8)
        const addend = start === 'bias' ? places.bias : 0
        const more = [places.panels, step, stride, addend, places.out] as const
        const accumulate = start === 'sum' ? 1 : 0
        kernels.evenGemm(rows, depth, columns, places.left, rowStride, tapStride, ...more, outStride, accumulate)
        const out = new Float32Array(memory.buffer, places.out, rows * columns + 1)
        for (let r = 0; r < rows; r++) {
          for (let j = 0; j < columns; j++) {
            let wanted = start === 'bias' ? bias[j]! : start === 'sum' ? before[r * columns + j]! : 0
            for (let k = 0; k < depth; k++) {
              wanted += left[(r * rowStride + k * tapStride) / 4]! * panels[rightAt(k, j)]!
            }
            expect(Math.abs(out[r * columns + j]! - wanted)).toBeLessThan(1e-5)
          }
        }
        expect(out[rows * columns]).toBe(before[rows * columns])
        if (!packed) return

        const even = out.slice()
        out.set(before)
        const [sourceRows, taps] = [
          table(places.tables, rows, rowStride),
          table(places.tables + 100, depth, tapStride),
        ] as const
        const outRows = table(places.tables + 200, rows, outStride)
        const product = [places.panels, addend, places.out, outRows, accumulate] as const
        kernels.gemm(rows, depth, columns, places.left, sourceRows, taps, ...product)
        expect([...out]).toEqual([...even])
      }),
      { numRuns: 200 },
    )
  })
})

describe('softmaxRows', () => {
  it('leaves nothing where a row does not look, and touches nothing beyond its columns', async () => {
    const { kernels, memory } = await started()
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 11 }), fc.nat(12), fc.nat(), (columns, before, seed) => {
        const random = seededRandom(seed)
        const [rows, stride] = [3, columns + 2]
        const values = new Float32Array(memory.buffer, at.values, rows * stride)
        for (let i = 0; i < values.length; i++) values[i] = 4 * random.next()
        const given = values.slice()
        kernels.softmaxRows(rows, columns, before, at.values, 4 * stride, 0.5)
        for (let r = 0; r < rows; r++) {
          const seen = Math.min(columns, before + r + 1)
          const weigh = (c: number) => Math.exp(0.5 * given[r * stride + c]!)
          const all = Array.from({ length: seen }, (_, c) => weigh(c)).reduce((sum, weight) => sum + weight)
          for (let c = 0; c < columns; c++) {
            expect(values[r * stride + c]).toBeCloseTo(c < seen ? weigh(c) / all : 0, 6)
          }
          expect(values.slice(r * stride + columns, (r + 1) * stride)).toEqual(
            given.slice(r * stride + columns, (r + 1) * stride),
          )
        }
      }),
    )
  })
})

describe('columnSums', () => {
  it('adds rows up, for columns of every count', async () => {
    const { kernels, memory } = await started()
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 41 }),
        fc.integer({ min: 0, max: 5 }),
        fc.boolean(),
        (columns, rows, add) => {
          const values = new Float32Array(memory.buffer, at.values, rows * columns)
          for (let i = 0; i < values.length; i++) values[i] = i % 7
          const out = new Float32Array(memory.buffer, at.out, columns + 1).fill(3)
          kernels.columnSums(rows, columns, at.values, at.out, add ? 1 : 0)
          for (let c = 0; c < columns; c++) {
            const column = Array.from({ length: rows }, (_, r) => values[r * columns + c]!)
            expect(out[c]).toBe(column.reduce((sum, value) => sum + value, add ? 3 : 0))
          }
          expect(out[columns]).toBe(3)
        },
      ),
    )
  })
})

describe('activate', () => {
  const exact = {
    linear: (x: number) => x,
    relu: (x: number) => Math.max(x, 0),
    tanh: Math.tanh,
    sigmoid: (x: number) => 1 / (1 + Math.exp(-x)),
  }
  const kinds = ['linear', 'relu', 'tanh', 'sigmoid'] as const

  it.each(kinds)('is %s, to a few units in the last place, whatever the length', async (kind) => {
    const { kernels, memory } = await started()
    const numbers = fc.array(fc.oneof(fc.float({ min: -80, max: 80 }), fc.float({ min: -1, max: 1 })), {
      minLength: 1,
      maxLength: 40,
    })
    fc.assert(
      fc.property(
        numbers.filter((xs) => xs.every(Number.isFinite)),
        (xs) => {
          const values = new Float32Array(memory.buffer, at.values, xs.length + 1)
          values.set(xs)
          values[xs.length] = 7
          kernels.activate(1, xs.length, activationCodes[kind], at.values, at.rows)
          for (const [i, x] of xs.entries()) {
            const wanted = exact[kind](x)
            expect(Math.abs(values[i]! - wanted)).toBeLessThanOrEqual(4e-7 * Math.abs(wanted) + 1e-37)
          }
          expect(values[xs.length]).toBe(7)
        },
      ),
      { numRuns: 300 },
    )
  })

  it.each(kinds)('lets no NaN pass for a number: %s', async (kind) => {
    const { kernels, memory } = await started()
    const values = new Float32Array(memory.buffer, at.values, 5).fill(Number.NaN)
    kernels.activate(1, 5, activationCodes[kind], at.values, at.rows)
    expect([...values].every(Number.isNaN)).toBe(true)
  })

  it('saturates far from zero', async () => {
    const { kernels, memory } = await started()
    const values = new Float32Array(memory.buffer, at.values, 4)
    const activated = (kind: keyof typeof activationCodes) => {
      values.set([-Infinity, -3e38, 3e38, Infinity])
      kernels.activate(1, 4, activationCodes[kind], at.values, at.rows)
      return [...values].map((value) => Math.round(value * 1e6) / 1e6 + 0)
    }
    expect(activated('tanh')).toEqual([-1, -1, 1, 1])
    expect(activated('sigmoid')).toEqual([0, 0, 1, 1])
  })
})

describe('softmaxLoss', () => {
  async function lossOf(logits: readonly number[], label: number) {
    const { kernels, memory } = await started()
    new Float32Array(memory.buffer, at.values, logits.length).set(logits)
    new Uint16Array(memory.buffer, at.labels, 1)[0] = label
    const loss = kernels.softmaxLoss(1, logits.length, at.values, at.labels, 1, at.gradients)
    return { loss, gradients: [...new Float32Array(memory.buffer, at.gradients, logits.length)] }
  }

  it('is the cross-entropy, and the gradients are probabilities but for the label', async () => {
    const { loss, gradients } = await lossOf([0, Math.log(2), Math.log(5)], 1)
    expect(loss).toBeCloseTo(Math.log(4), 6)
    for (const [i, wanted] of [1 / 8, 2 / 8 - 1, 5 / 8].entries()) expect(gradients[i]).toBeCloseTo(wanted, 6)
  })

  it('withstands logits whose exponentials overflow', async () => {
    const { loss, gradients } = await lossOf([3e38, -3e38, 0], 0)
    expect(loss).toBe(0)
    expect(gradients.every(Number.isFinite)).toBe(true)
  })

  it('is no number when a logit is none', async () => {
    expect((await lossOf([0, Number.NaN, 0], 0)).loss).toBeNaN()
    expect((await lossOf([0, Infinity, 0], 0)).loss).toBeNaN()
  })
})

describe('maxPool', () => {
  it('names the first of equal maxima, for channels of every count', async () => {
    const { kernels, memory } = await started()
    fc.assert(
      fc.property(fc.constantFrom(4, 9), fc.integer({ min: 1, max: 11 }), fc.nat(), (positions, channels, seed) => {
        const values = new Float32Array(memory.buffer, at.values, positions * channels)
        for (let i = 0; i < values.length; i++) values[i] = Math.imul(i + seed, 0x9e3779b1) >>> 30
        new Uint32Array(memory.buffer, 66_560, positions).set(
          Array.from({ length: positions }, (_, p) => 4 * p * channels),
        )
        kernels.maxPool(1, positions, channels, at.values, 66_560, at.out, at.rows, at.labels)
        const [out, winners] = [new Float32Array(memory.buffer, at.out), new Uint8Array(memory.buffer, at.labels)]
        for (let c = 0; c < channels; c++) {
          const window = Array.from({ length: positions }, (_, p) => values[p * channels + c]!)
          expect(out[c]).toBe(Math.max(...window))
          expect(winners[c]).toBe(window.indexOf(out[c]!))
        }
      }),
    )
  })

  it('lets no NaN pass for a number, wherever it is', async () => {
    const { kernels, memory } = await started()
    const shapes = fc.record({
      positions: fc.constantFrom(2, 4, 9),
      channels: fc.integer({ min: 1, max: 11 }),
      seed: fc.nat(),
    })
    fc.assert(
      fc.property(shapes, ({ positions, channels, seed }) => {
        const values = new Float32Array(memory.buffer, at.values, positions * channels)
        const few = [Number.NaN, Infinity, -Infinity, 0, 1, -1]
        for (let i = 0; i < values.length; i++) values[i] = few[(Math.imul(i + seed, 0x9e3779b1) >>> 8) % few.length]!
        new Uint32Array(memory.buffer, 66_560, positions).set(
          Array.from({ length: positions }, (_, p) => 4 * p * channels),
        )
        kernels.maxPool(1, positions, channels, at.values, 66_560, at.out, at.rows, at.labels)
        const [out, winners] = [new Float32Array(memory.buffer, at.out), new Uint8Array(memory.buffer, at.labels)]
        for (let c = 0; c < channels; c++) {
          const window = Array.from({ length: positions }, (_, p) => values[p * channels + c]!)
          // Of a NaN among them, it is one.
          expect(out[c]).toBe(Math.max(...window))
          if (Number.isNaN(out[c])) expect(winners[c]).toBeLessThan(positions)
          else expect(winners[c]).toBe(window.indexOf(out[c]!))
        }
      }),
    )
  })
})

describe('momentum', () => {
  it('keeps a part of the velocity, and moves against it', async () => {
    const { kernels, memory } = await started()
    const [w, v, g] = [at.values, at.gradients, at.out].map((address) => new Float32Array(memory.buffer, address, 8))
    w!.fill(1)
    v!.fill(0.5)
    g!.set([0, 1, -1, 2, Number.NaN, 0, 0, 0])
    kernels.momentum(8, at.values, at.gradients, at.out, 0.5, 0.5)
    expect([...v!]).toEqual([0.25, 1.25, -0.75, 2.25, Number.NaN, 0.25, 0.25, 0.25])
    expect([...w!]).toEqual([0.875, 0.375, 1.375, -0.125, Number.NaN, 0.875, 0.875, 0.875])
  })

  it('comes to rest where there is no gradient, and not in subnormal numbers', async () => {
    const { kernels, memory } = await started()
    const velocities = new Float32Array(memory.buffer, at.gradients, 8).fill(0.01)
    for (let i = 0; i < 1_000; i++) kernels.momentum(8, at.values, at.gradients, at.out, 0.5, 0.9)
    expect([...velocities]).toEqual(new Array(8).fill(0))
  })
})
