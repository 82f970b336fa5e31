import { describe, expect, it } from 'vitest'
import {
  type ConductRules,
  decayed,
  delivered,
  refused,
  scoreOf,
  unknownConduct,
} from '../../peer-core/network/conduct.ts'

const rules: ConductRules = {
  topicWeight: 1,
  delivered: { weight: 1, decay: 0.9, cap: 50 },
  invalid: { weight: -10, decay: 0.9 },
}

describe('scoreOf', () => {
  it('is not bought back: garbage weighs by its square, useful messages are capped', () => {
    let peer = unknownConduct
    for (let n = 0; n < 10_000; n++) peer = delivered(peer, rules)
    expect(scoreOf(peer, rules)).toBe(50)
    for (let n = 0; n < 3; n++) peer = refused(peer)
    expect(scoreOf(peer, rules)).toBe(50 - 90)
  })
})

describe('decayed', () => {
  it('forgets in time, by intervals at once as one by one', () => {
    const peer = refused(refused(delivered(unknownConduct, rules)))
    let slowly = peer
    for (let interval = 0; interval < 5; interval++) slowly = decayed(slowly, rules)
    expect(slowly.invalid).toBeCloseTo(decayed(peer, rules, 5).invalid, 12)
    expect(decayed(peer, rules, 60)).toEqual(unknownConduct)
  })
})
