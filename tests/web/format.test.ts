import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  formatBytes,
  formatCompact,
  formatDuration,
  formatLoss,
  formatPercent,
  formatQuantity,
  formatRemaining,
  formatTick,
} from '../../web/format.ts'

/** No-break spaces as plain ones, to be read. */
const plain = (text: string) => text.replaceAll('\u00a0', ' ')

describe('formatBytes', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1_000, '1 kB'],
    [1_249, '1.2 kB'],
    [9_960, '10 kB'],
    [407_080, '407 kB'],
    [999_600, '1 MB'],
    [1_204_000, '1.2 MB'],
    [26_000_000_000, '26 GB'],
  ])('tells %i as %s', (bytes, text) => expect(plain(formatBytes(bytes))).toBe(text))

  it('never prints four digits, and keeps the unit with its number', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 9e14 }), (bytes) => {
        expect(formatBytes(bytes)).toMatch(/^\d{1,3}(\.\d)?\u00a0[kMGT]?B$/)
      }),
    )
  })
})

describe('formatDuration', () => {
  it.each([
    [0, '0 ms'],
    [8.14, '8.1 ms'],
    [412.2, '412 ms'],
    [999.9, '1 s'],
    [41_000, '41 s'],
    [59_700, '1 min'],
    [125_000, '2 min 5 s'],
    [3_780_000, '1 h 3 min'],
    [7_199_000, '2 h'],
  ])('tells %d ms as %s', (ms, text) => expect(plain(formatDuration(ms))).toBe(text))

  it('treats what has passed as nothing', () => expect(plain(formatDuration(-5))).toBe('0 ms'))
})

describe('formatRemaining', () => {
  it('rounds up to whole seconds', () => expect(plain(formatRemaining(10_001, 0))).toBe('11 s'))
  it('does not go below zero', () => expect(plain(formatRemaining(0, 10))).toBe('0 ms'))
})

describe('formatQuantity', () => {
  it('uses the singular for one only', () => {
    expect([0, 1, 2, 12_000].map((value) => formatQuantity(value, 'round'))).toEqual([
      '0 rounds',
      '1 round',
      '2 rounds',
      '12,000 rounds',
    ])
    expect(formatQuantity(2, 'class', 'classes')).toBe('2 classes')
  })
})

describe('figures', () => {
  it('have as many digits as a person needs', () => {
    expect([formatPercent(0.96345), formatLoss(0.23061), formatTick(1, 0.5), formatCompact(57_600)]).toEqual([
      '96.3%',
      '0.231',
      '1.0',
      '57.6K',
    ])
  })
})
