import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ChromiumBench, openChromium } from '../../bench/aggregate/chromium.ts'
import { digestOf } from './digest.ts'

let chromium: ChromiumBench

beforeAll(async () => {
  chromium = await openChromium()
})

afterAll(() => chromium?.close())

describe('aggregation in a worker of Chromium', () => {
  it('gives the bits of Node, in plain TypeScript and in the fast path', async () => {
    const here = await digestOf('engines')
    expect(await chromium.digest('engines')).toEqual(here)
    expect(here.fast).toBe(here.plain)
    expect((await digestOf('others')).plain).not.toBe(here.plain)
  })
})
