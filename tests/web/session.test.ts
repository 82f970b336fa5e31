import { describe, expect, it } from 'vitest'
import type { TaskId } from '../../web/peer.ts'
import type { SeedStatus } from '../../web/seed-status.ts'
import { createSession, type SessionParts } from '../../web/session.ts'
import type { TabLock } from '../../web/single-tab.ts'
import { fakePeer, selfId, spec, taskId } from './fake-peer.ts'

const seed: SeedStatus = {
  peerId: selfId,
  multiaddrs: [],
  tasks: [{ id: taskId, spec, round: 3, peers: 2 }],
  unusable: [],
}

function setup(parts: Partial<SessionParts> = {}, remembered?: TaskId) {
  const peer = fakePeer('training')
  const kept = { task: remembered }
  const shown: string[] = []
  let lose = async () => {}
  const lock = { held: false, released: 0 }
  const tabLock: TabLock = {
    async acquire({ takeOver, onLost }) {
      if (lock.held && !takeOver) return undefined
      lock.held = true
      lose = onLost
      return {
        release() {
          lock.held = false
          lock.released += 1
        },
      }
    },
  }
  const session = createSession({
    startPeer: async () => peer,
    fetchSeedStatus: async () => seed,
    tabLock,
    preferences: { contributingTo: () => kept.task, setContributingTo: (task) => (kept.task = task) },
    ...parts,
  })
  session.subscribe(() => shown.push(session.state().kind))
  return { session, peer, kept, shown, lock, lose: () => lose() }
}

describe('createSession', () => {
  it('starts nothing before a person contributes', async () => {
    let started = 0
    const { session, shown } = setup({
      startPeer: async () => {
        started += 1
        return fakePeer('training')
      },
    })
    await session.begin()
    expect(shown).toEqual(['looking', 'offer'])
    expect(started).toBe(0)
  })

  it('joins, pauses, resumes and leaves, and stops the peer on leaving', async () => {
    const { session, peer, kept, lock } = setup()
    await session.begin()
    await session.contribute(taskId)
    expect(session.state().kind).toBe('live')
    expect(kept.task).toBe(taskId)
    session.pause()
    expect(kept.task).toBeUndefined()
    session.resume()
    await session.leave()
    expect(peer.calls).toEqual(['join', 'pause', 'resume', 'leave', 'stop'])
    expect(lock).toEqual({ held: false, released: 1 })
    expect(session.state()).toMatchObject({ kind: 'offer', farewell: { accepted: 9 } })
  })

  it('carries on after a reload what was not paused', async () => {
    const { session, shown } = setup({}, taskId)
    await session.begin()
    expect(shown).toEqual(['starting', 'starting', 'live'])
  })

  it('says so when another tab trains, and takes over when asked', async () => {
    const { session, lock } = setup()
    lock.held = true
    await session.contribute(taskId)
    expect(session.state()).toEqual({ kind: 'elsewhere', task: taskId })
    await session.contribute(taskId, { takeOver: true })
    expect(session.state().kind).toBe('live')
  })

  it('stops the peer before another tab gets its place', async () => {
    const { session, peer, lose } = setup()
    await session.contribute(taskId)
    await lose()
    expect(peer.calls).toEqual(['join', 'stop'])
    expect(session.state().kind).toBe('elsewhere')
  })

  it('tells why a start failed, frees the place, and can try again', async () => {
    let attempts = 0
    const { session, lock, peer } = setup({
      startPeer: async () => {
        attempts += 1
        if (attempts === 1) throw new Error('no seed can be reached')
        return peer
      },
    })
    await session.contribute(taskId)
    expect(session.state()).toEqual({ kind: 'failed', task: taskId, why: 'no seed can be reached' })
    expect(lock.held).toBe(false)
    await session.contribute(taskId)
    expect(session.state().kind).toBe('live')
  })

  it('stops a peer that came up after its start was cancelled', async () => {
    const late = Promise.withResolvers<ReturnType<typeof fakePeer>>()
    const { session, peer, shown } = setup({ startPeer: () => late.promise })
    const contributing = session.contribute(taskId)
    await new Promise((resolve) => setImmediate(resolve))
    const cancelled = session.cancel()
    late.resolve(peer)
    await Promise.all([contributing, cancelled])
    expect(peer.calls).toEqual(['stop'])
    expect(session.state().kind).toBe('offer')
    expect(shown).not.toContain('live')
  })

  it('tells that no seed answers, and looks again', async () => {
    let away = true
    const { session } = setup({
      fetchSeedStatus: async () => {
        if (away) throw new Error('the seed does not answer')
        return seed
      },
    })
    await session.begin()
    expect(session.state()).toEqual({ kind: 'no-seed', why: 'the seed does not answer' })
    away = false
    await session.look()
    expect(session.state().kind).toBe('offer')
  })
})
