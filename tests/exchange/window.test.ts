import { describe, expect, it } from 'vitest'
import { chunkWindow } from '../../peer-core/exchange/window.ts'

const sizeAfter = (times: readonly number[]) => {
  const window = chunkWindow()
  for (const ms of times) window.arrived(ms)
  return window.size
}
const steady = (count: number, ms: number) => Array.from({ length: count }, () => ms)

describe('chunkWindow', () => {
  it('starts at 128 kB and grows by about a chunk a window while chunks come quickly', () => {
    expect(sizeAfter([])).toBe(2)
    expect(sizeAfter(steady(5, 10))).toBe(3)
    expect(sizeAfter(steady(200, 10))).toBe(16)
  })

  it('halves once when a moment is slow, however many chunks it delayed', () => {
    expect(sizeAfter([...steady(200, 60), 2_000, 2_000, 2_000])).toBe(8)
  })

  it('grows where both ends are busy and a chunk has to wait for its turn', () => {
    const busy = Array.from({ length: 200 }, (_, i) => (i % 5 === 0 ? 40 : 100 + 60 * (i % 5)))
    expect(sizeAfter(busy)).toBe(16)
  })

  it('shrinks to no less than where it started', () => {
    const slower = Array.from({ length: 100 }, (_, i) => 100 * 1.2 ** i)
    expect(sizeAfter([...steady(200, 60), ...slower])).toBe(2)
  })

  it('grows again on a link that has become slower for good', () => {
    expect(sizeAfter([...steady(200, 60), ...steady(600, 900)])).toBe(16)
  })
})
