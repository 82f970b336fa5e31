import { describe, expect, it } from 'vitest'
import type { Timer } from '../../peer-core/consensus/index.ts'
import { Timers } from '../../peer-core/peer/voting/timers.ts'
import { createVirtualClock } from '../../peer-core/testing/virtual-clock.ts'

/** @param isHopeless - at a time, ms since the beginning */
function timersThat(isHopeless: (at: number) => boolean) {
  const clock = createVirtualClock({ start: 0 })
  const fired: { readonly step: string; readonly at: number }[] = []
  const timers = new Timers({
    clock,
    fire: ({ step }) => fired.push({ step, at: clock.now() }),
    isHopeless: () => isHopeless(clock.now()),
  })
  return { clock, fired, timers }
}

const timer = (step: Timer['step'], round = 0): Timer => ({ step, height: 1, round })

describe('Timers', () => {
  it('wait to the end for a proposer that is there', async () => {
    const { clock, fired, timers } = timersThat(() => false)
    timers.set(timer('propose'), 20_000)
    await clock.advance(60_000)
    expect(fired).toEqual([{ step: 'propose', at: 20_000 }])
  })

  it('wait two seconds for one that is not, and longer in later rounds', async () => {
    const { clock, fired, timers } = timersThat(() => true)
    timers.set(timer('propose'), 20_000)
    timers.set(timer('propose', 3), 26_000)
    await clock.advance(60_000)
    expect(fired).toEqual([
      { step: 'propose', at: 2_000 },
      { step: 'propose', at: 8_000 },
    ])
  })

  it('notice one that goes while it is waited for', async () => {
    const { clock, fired, timers } = timersThat((at) => at > 5_000)
    timers.set(timer('propose'), 20_000)
    await clock.advance(60_000)
    expect(fired).toEqual([{ step: 'propose', at: 6_000 }])
  })

  it('cut no other wait short, and never lengthen one', async () => {
    const { clock, fired, timers } = timersThat(() => true)
    timers.set(timer('prevote'), 9_000)
    timers.set(timer('propose'), 500)
    await clock.advance(60_000)
    expect(fired).toEqual([
      { step: 'propose', at: 500 },
      { step: 'prevote', at: 9_000 },
    ])
  })

  it('fire no more when they are cleared, whatever part of a wait they are in', async () => {
    const { clock, fired, timers } = timersThat(() => false)
    timers.set(timer('propose'), 20_000)
    await clock.advance(3_000)
    timers.clear()
    await clock.advance(60_000)
    expect(fired).toEqual([])
  })
})
