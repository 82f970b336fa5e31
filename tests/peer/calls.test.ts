import { describe, expect, it } from 'vitest'
import { createCommittee } from '../../peer-core/consensus/index.ts'
import type { PeerId } from '../../peer-core/foundation/index.ts'
import { Calls } from '../../peer-core/peer/voting/calls.ts'

const [a, b, c, d] = ['a', 'b', 'c', 'd'] as PeerId[]
const committee = createCommittee([a!, b!, c!, d!].map((peer) => ({ peer, power: 1 })))

describe('Calls', () => {
  it('take more than a third of the power, each member once, and nobody else', () => {
    const calls = new Calls()
    expect(calls.isCalled(5, b!, committee)).toBe(false)
    expect(calls.isCalled(5, b!, committee)).toBe(false)
    expect(calls.isCalled(5, 'stranger' as PeerId, committee)).toBe(false)
    expect(calls.isCalled(5, c!, committee)).toBe(true)
  })

  it('begin anew with each height', () => {
    const calls = new Calls()
    expect(calls.isCalled(4, b!, committee)).toBe(false)
    expect(calls.isCalled(5, c!, committee)).toBe(false)
  })
})
