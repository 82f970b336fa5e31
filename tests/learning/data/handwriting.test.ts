import { describe, expect, it } from 'vitest'
import { sha256 } from '../../../peer-core/foundation/index.ts'
import { generateHandwriting } from '../../../peer-core/learning/index.ts'

describe('generateHandwriting', () => {
  it('writes every digit, by every writer, on 28 × 28', () => {
    const written = generateHandwriting({ writers: 3, examplesPerWriter: 20, seed: 1 })
    expect(written.shape).toEqual([28, 28, 1])
    expect(written.features.length).toBe(60 * 784)
    for (let writer = 0; writer < 3; writer++) {
      const digits = [...written.labels].filter((_, i) => written.writers[i] === writer)
      expect(digits.sort()).toEqual(Array.from({ length: 20 }, (_, i) => i >> 1))
    }
  })

  it('gives the same bytes for a seed on every machine, and others for another', () => {
    const bytes = (seed: number) => generateHandwriting({ writers: 2, examplesPerWriter: 30, seed }).features
    expect(sha256(bytes(5))).toBe('25cfb7f3b60f9aa3318ad99fae337309b9b9555ce51c7840b9774376a7c4c007')
    expect(sha256(bytes(6))).not.toBe(sha256(bytes(5)))
  })

  it('lets a writer depend on nothing but the seed and its number', () => {
    const all = generateHandwriting({ writers: 3, examplesPerWriter: 10, seed: 4 })
    const last = generateHandwriting({ writers: 1, examplesPerWriter: 10, seed: 4, firstWriter: 2 })
    expect(last.features).toEqual(all.features.subarray(20 * 784))
    expect([...last.writers]).toEqual(Array(10).fill(2))
  })

  it('leaves ink on every image, and paper on most of it', () => {
    const { features, labels } = generateHandwriting({ writers: 30, examplesPerWriter: 10, seed: 9 })
    for (let i = 0; i < labels.length; i++) {
      const inked = features.subarray(i * 784, (i + 1) * 784).filter((value) => value > 127).length
      expect(inked).toBeGreaterThan(10)
      expect(inked).toBeLessThan(300)
    }
  })

  it('makes writers differ: ink per image varies between them more than within one', () => {
    const { features, labels } = generateHandwriting({ writers: 40, examplesPerWriter: 20, seed: 2 })
    const ink = Array.from(labels, (_, i) => features.subarray(i * 784, (i + 1) * 784).reduce((a, b) => a + b, 0) / 784)
    const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length
    const variance = (values: number[]) => mean(values.map((value) => (value - mean(values)) ** 2))
    const byWriter = Array.from({ length: 40 }, (_, writer) => ink.slice(writer * 20, (writer + 1) * 20))
    expect(variance(byWriter.map(mean))).toBeGreaterThan(mean(byWriter.map(variance)))
  })
})
