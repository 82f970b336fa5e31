import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  activationCodes,
  compileKernels,
  type Kernels,
  startKernels,
} from '../../../peer-core/learning/wasm/kernels.ts'

const at = { rows: 65_536, values: 65_600, gradients: 66_000, labels: 67_000, out: 68_000 }

async function started(): Promise<{ kernels: Kernels; memory: WebAssembly.Memory }> {
  const memory = new WebAssembly.Memory({ initial: 2 })
  return { kernels: await startKernels(await compileKernels(), memory), memory }
}

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
