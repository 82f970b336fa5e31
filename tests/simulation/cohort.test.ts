import { describe, expect, it } from 'vitest'
import type { Peer, TaskId } from '../../peer-core/index.ts'
import type { Device } from '../../simulator/world/cast.ts'
import { chooseCohort } from '../../simulator/world/cohort.ts'
import type { Resident } from '../../simulator/world/resident.ts'

/** Residents that only keep whether they are paused. */
function crowd(size: number) {
  const residents = new Map<string, Pick<Resident, 'device' | 'joined' | 'peer'>>()
  const paused = new Set<string>()
  const cohort = chooseCohort(size, 'task' as TaskId, residents)
  const come = (name: string) => {
    paused.delete(name)
    const peer = { pause: () => paused.add(name), resume: () => paused.delete(name) } as unknown as Peer
    residents.set(name, { device: { name, crowd: 'devices' } as Device, joined: true, peer })
    cohort.joined(name, peer)
  }
  const go = (name: string) => {
    residents.delete(name)
    cohort.left(name)
  }
  const training = () => [...residents.keys()].filter((name) => !paused.has(name))
  return { cohort, come, go, training }
}

const names = ['a', 'b', 'c', 'd', 'e']

describe('chooseCohort', () => {
  it('has as many train as it is to, drawn anew by each commit', () => {
    const { cohort, come, training } = crowd(2)
    for (const name of names) come(name)
    expect(training()).toEqual(['a', 'b'])
    const drawn = new Set<string>()
    for (const hash of ['1', '2', '3', '4', '5', '6']) {
      cohort.draw(hash)
      expect(training()).toHaveLength(2)
      for (const name of training()) drawn.add(name)
    }
    expect(drawn.size).toBeGreaterThan(2)
  })

  it('replaces a member that goes, and draws it as any other when it comes again', () => {
    const { cohort, come, go, training } = crowd(2)
    for (const name of names) come(name)
    cohort.draw('1')
    const [gone, kept] = training()
    go(gone!)
    expect(training()).toHaveLength(2)
    expect(training()).toContain(kept)
    come(gone!)
    expect(training()).toHaveLength(2)
    const again = new Set<string>()
    for (let round = 2; round < 20; round++) {
      cohort.draw(String(round))
      expect(training()).toHaveLength(2)
      for (const name of training()) again.add(name)
    }
    expect(again).toContain(gone)
  })

  it('lets whoever comes train where all others went', () => {
    const { come, go, training } = crowd(2)
    for (const name of ['a', 'b']) come(name)
    for (const name of ['a', 'b']) go(name)
    come('c')
    expect(training()).toEqual(['c'])
  })
})
