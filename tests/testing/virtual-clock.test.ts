import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sleep } from '../../peer-core/ports/index.ts'
import { createVirtualClock } from '../../peer-core/testing/virtual-clock.ts'

describe('createVirtualClock', () => {
  it('fires timers by time, then in the order in which they were set', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(20), { maxLength: 40 }), async (delays) => {
        const clock = createVirtualClock()
        const fired: [number, number][] = []
        delays.forEach((ms, i) => {
          clock.after(ms, () => fired.push([clock.now(), i]))
        })
        await clock.run(20)
        const expected = delays.map((ms, i): [number, number] => [ms, i]).sort((a, b) => a[0] - b[0] || a[1] - b[1])
        expect(fired).toEqual(expected)
        expect(clock.now()).toBe(20)
        expect(clock.pending).toBe(0)
      }),
      { numRuns: 50 },
    )
  })

  it('lets promises settle between two timers of the same moment', async () => {
    const clock = createVirtualClock()
    const seen: string[] = []
    clock.after(5, async () => {
      await null
      await null
      seen.push('promise of the first')
    })
    clock.after(5, () => seen.push('second'))
    await clock.run(5)
    expect(seen).toEqual(['promise of the first', 'second'])
  })

  it('does not fire what was cancelled, however much of it there is', async () => {
    const clock = createVirtualClock()
    let fired = 0
    const cancels = Array.from({ length: 1_000 }, (_, i) => clock.after(1_000 - i, () => fired++))
    cancels.forEach((cancel, i) => {
      if (i % 10 !== 0) cancel()
    })
    cancels[1]!()
    expect(clock.pending).toBe(100)
    await clock.run(1_000)
    expect(fired).toBe(100)
  })

  it('runs timers that timers set, at their own time', async () => {
    const clock = createVirtualClock({ start: 1_000 })
    const ticks: number[] = []
    const tick = () => {
      ticks.push(clock.now())
      clock.after(10, tick)
    }
    tick()
    await clock.advance(35)
    expect(ticks).toEqual([1_000, 1_010, 1_020, 1_030])
  })

  it('stops where a signal is aborted, and goes on from there', async () => {
    const clock = createVirtualClock()
    const cancel = new AbortController()
    const seen: number[] = []
    for (const at of [10, 20, 30]) clock.after(at, () => seen.push(at) === 2 && cancel.abort())
    await clock.advance(100, cancel.signal)
    expect([seen, clock.now()]).toEqual([[10, 20], 20])
    await clock.advance(100)
    expect([seen, clock.now()]).toEqual([[10, 20, 30], 120])
  })

  it('stands still while work is held, and releases results in the order of holding', async () => {
    const clock = createVirtualClock()
    const seen: string[] = []
    const work = (ms: number, name: string) => new Promise<string>((resolve) => setTimeout(resolve, ms, name))
    clock.after(1, async () => seen.push(`${await clock.hold(work(20, 'slow'))} at ${clock.now()}`))
    clock.after(1, async () => seen.push(`${await clock.hold(work(0, 'fast'))} at ${clock.now()}`))
    clock.after(2, () => seen.push('later'))
    await clock.run(2)
    expect(seen).toEqual(['slow at 1', 'fast at 1', 'later'])
  })

  it('passes on the failure of held work', async () => {
    const clock = createVirtualClock()
    const held = clock.hold(Promise.reject(new Error('engine lost')))
    await expect(clock.finish(held, 10)).rejects.toThrow('engine lost')
  })

  it('finishes a promise that waits for virtual time', async () => {
    const clock = createVirtualClock()
    await clock.finish(
      sleep(clock, 3_600_000).then(() => sleep(clock, 5)),
      4_000_000,
    )
    expect(clock.now()).toBe(3_600_005)
  })

  it('says so when what a test waits for cannot happen any more', async () => {
    const clock = createVirtualClock()
    await expect(clock.runUntil(() => false, 1_000)).rejects.toThrow('nothing was left to happen')
    const tick = () => {
      clock.after(100, tick)
    }
    tick()
    await expect(clock.runUntil(() => false, 1_000)).rejects.toThrow('not within 1000 ms')
    expect(clock.now()).toBe(1_000)
  })

  it('refuses to be run by two at once', async () => {
    const clock = createVirtualClock()
    const first = clock.run(10)
    await expect(clock.run(20)).rejects.toThrow(TypeError)
    await first
  })
})
