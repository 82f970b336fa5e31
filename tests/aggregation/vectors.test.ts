import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { compute, errorOf, readCases, type VectorCase } from './vector-cases.ts'

const ours = new URL('../vectors/aggregation.json', import.meta.url)
/** The same file with whatever was added to it since. */
const shared = new URL('../../../shared/vectors/aggregation.json', import.meta.url)

const cases = new Map<string, VectorCase>(readCases(ours).map((one) => [one.id, one]))
if (existsSync(shared)) for (const one of readCases(shared)) cases.set(one.id, one)

describe('published vectors', () => {
  it('has all that were published', () => {
    expect(cases.size).toBeGreaterThanOrEqual(65)
  })

  it.each([...cases.values()].map((one) => [one.id, one.rule, one] as const))('%s %s', (_, __, one) => {
    const result = compute(one)
    expect(result).toBeDefined()
    expect(errorOf(one, result!)).toBeLessThanOrEqual(1)
  })

  it('can fail', () => {
    const one = cases.get('g057')!
    expect(errorOf(one, compute({ ...one, params: { f: 2 } })!)).toBeGreaterThan(1)
  })
})
