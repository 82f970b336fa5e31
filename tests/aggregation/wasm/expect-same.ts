import { expect } from 'vitest'
import type { Answer } from './rows.ts'

/** The very same bits, or the very same error. */
export function expectSame(actual: Answer, expected: Answer): void {
  if (expected instanceof Float32Array && actual instanceof Float32Array) {
    const [a, b] = [new Uint32Array(actual.buffer), new Uint32Array(expected.buffer)]
    expect(a.length).toBe(b.length)
    const at = a.findIndex((bits, k) => bits !== b[k])
    if (at >= 0) expect.unreachable(`coordinate ${at} is ${actual[at]} and should be ${expected[at]}`)
    return
  }
  expect(actual).toEqual(expected)
}
