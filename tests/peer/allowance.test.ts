import { describe, expect, it } from 'vitest'
import type { PeerId } from '../../peer-core/foundation/index.ts'
import { Allowance, topicMeasure } from '../../peer-core/peer/voting/allowance.ts'

const { burst } = topicMeasure
const [loud, quiet] = ['loud', 'quiet'] as PeerId[]

describe('Allowance', () => {
  it('lets a signer say much at once, then as much as comes back, and nobody pays for another', () => {
    const allowance = new Allowance(topicMeasure)
    const said = (now: number) => Array.from({ length: 200 }, () => allowance.spend(loud!, now)).filter(Boolean).length
    expect(said(0)).toBe(burst)
    expect(said(1_000)).toBe(64)
    expect(said(1_500)).toBe(32)
    expect(allowance.spend(quiet!, 1_500)).toBe(true)
    expect(said(3_600_000)).toBe(burst)
  })

  it('gives nothing for a clock that goes back', () => {
    const allowance = new Allowance(topicMeasure)
    for (let i = 0; i < burst; i++) allowance.spend(loud!, 10_000)
    expect(allowance.spend(loud!, 0)).toBe(false)
  })
})
