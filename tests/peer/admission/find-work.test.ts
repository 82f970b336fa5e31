import { describe, expect, it } from 'vitest'
import { type Hash, sha256, type TaskId, utf8ToBytes } from '../../../peer-core/foundation/index.ts'
import { findWork } from '../../../peer-core/peer/admission/find-work.ts'
import { deadline } from '../../../peer-core/ports/index.ts'
import { isWorkDone } from '../../../peer-core/reputation/index.ts'
import { createVirtualClock } from '../../../peer-core/testing/virtual-clock.ts'
import { peer } from '../../reputation/peers.ts'

const hash = (text: string) => sha256(utf8ToBytes(text)) as Hash
const challenge = { task: hash('task') as TaskId, peer: peer(1), recent: hash('commit'), bits: 12 }
/** Nobody finds that. */
const hopeless = { ...challenge, bits: 48 }

describe('findWork', () => {
  it('finds what one hash confirms, and tells how far it is', async () => {
    const clock = createVirtualClock({ start: 0 })
    const told: number[] = []
    const search = findWork(challenge, clock, new AbortController().signal, (hashes) => told.push(hashes))
    await clock.finish(search, 1_000)
    const { nonce, recent } = await search
    expect(isWorkDone({ ...challenge, recent }, nonce)).toBe(true)
    expect(told).toEqual([...told].sort((a, b) => a - b))
    expect(told.every((hashes) => hashes <= nonce)).toBe(true)
  })

  it('ends when it is told to, and at its deadline', async () => {
    const clock = createVirtualClock({ start: 0 })
    const { signal } = deadline(clock, 5, undefined)
    let hashes = 0
    const search = findWork(hopeless, clock, signal, (done) => {
      hashes = done
    }).catch((error: DOMException) => error.name)
    await clock.advance(100)
    expect(await search).toBe('TimeoutError')
    const before = hashes
    await clock.advance(100)
    expect(hashes).toBe(before)
  })
})
