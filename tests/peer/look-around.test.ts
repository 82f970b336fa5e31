import { describe, expect, it } from 'vitest'
import { lookAround } from '../../peer-core/peer/look-around.ts'
import { createVirtualClock } from '../../peer-core/testing/virtual-clock.ts'

/** How long it looks around, in ms; what it sees is a function of the time. */
interface Seen {
  known?: number
  connected?: number
  dialling?: number
  loading?: boolean
}

async function waited(see: (ms: number) => Seen): Promise<number> {
  const clock = createVirtualClock({ start: 0 })
  const around = {
    known: () => see(clock.now()).known ?? 0,
    connected: () => see(clock.now()).connected ?? 0,
    dialling: () => see(clock.now()).dialling ?? 0,
    loading: () => see(clock.now()).loading ?? false,
  }
  await clock.finish(lookAround(around, clock, new AbortController().signal), 60_000)
  return clock.now()
}

describe('lookAround', () => {
  it('ends at once beside a neighbour', async () => {
    expect(await waited(() => ({ known: 1, connected: 1 }))).toBe(0)
  })

  it('waits as long as a dial is under way, up to twelve seconds', async () => {
    expect(await waited((ms) => ({ known: 1, dialling: 1, connected: ms < 9_000 ? 0 : 1 }))).toBe(9_000)
    expect(await waited(() => ({ known: 2, dialling: 2 }))).toBe(12_000)
    expect(await waited((ms) => ({ known: 1, dialling: ms < 8_000 ? 1 : 0 }))).toBe(8_000)
  })

  it('gives neighbours six seconds to come by themselves', async () => {
    expect(await waited(() => ({ known: 1 }))).toBe(6_000)
  })

  it('looks on while the examples are on their way, as long as for a dial', async () => {
    expect(await waited((ms) => ({ loading: ms < 8_000 }))).toBe(8_000)
    expect(await waited((ms) => ({ loading: true, known: 1, connected: ms < 11_000 ? 0 : 1 }))).toBe(11_000)
    expect(await waited(() => ({ loading: true }))).toBe(12_000)
  })

  it('does not wait long where nobody else is', async () => {
    expect(await waited(() => ({}))).toBe(2_500)
  })
})
