import { describe, expect, it } from 'vitest'
import {
  decayed,
  delivered,
  refused,
  defaultConductRules as rules,
  scoreOf,
  unknownConduct,
} from '../../peer-core/consensus/conduct.ts'

describe('scoreOf', () => {
  it('is not bought back: garbage weighs by its square, useful messages are capped', () => {
    let peer = unknownConduct
    for (let n = 0; n < 10_000; n++) peer = delivered(peer, rules)
    expect(scoreOf(peer, rules)).toBe(50)
    for (let n = 0; n < 3; n++) peer = refused(peer, 'GARBAGE')
    expect(scoreOf(peer, rules)).toBe(50 - 90)
  })

  it('does not blame who is slow', () => {
    expect(refused(refused(unknownConduct, 'OLD_HEIGHT'), 'UNKNOWN_COMMITTEE')).toEqual(unknownConduct)
  })

  it('is forgotten in time', () => {
    let peer = refused(delivered(unknownConduct, rules), 'BAD_SIGNATURE')
    for (let interval = 0; interval < 50; interval++) peer = decayed(peer, rules)
    expect(peer).toEqual(unknownConduct)
  })
})
