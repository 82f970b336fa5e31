import { describe, expect, it } from 'vitest'
import { Actor, committeeOf, genesis, peer, value } from './cast.ts'

const four = committeeOf(1, 1, 1, 1)

/** Runs every member until nothing is left to deliver; values are valid at once. */
function settleAll(actors: readonly Actor[]): void {
  for (let busy = true; busy; ) {
    busy = false
    for (const actor of actors) {
      for (const effect of actor.take()) {
        busy = true
        if (effect.type === 'build') actor.build(`body-${actor.self}-${effect.height}`)
        if (effect.type === 'recompute') {
          actor.give({ type: 'verdict', height: effect.height, value: effect.value, verdict: 'valid', now: 0 })
        }
        if (effect.type !== 'send') continue
        for (const other of actors) {
          if (other === actor || (effect.to !== 'all' && effect.to !== other.self)) continue
          other.hear(effect.message, actor.self)
        }
      }
    }
  }
}

describe('step', () => {
  it('commits one body on every member when all is well', () => {
    const actors = [0, 1, 2, 3].map((index) => new Actor(four, peer(index)))
    settleAll(actors)
    for (const { state } of actors) {
      expect(state.phase).toBe('committed')
      expect(state.round).toBe(0)
      expect(state.commit?.certificate.value).toBe(value('body-member-0-1'))
    }
  })

  it('goes on to the next height with the next proposer', () => {
    const actors = [0, 1, 2, 3].map((index) => new Actor(four, peer(index)))
    settleAll(actors)
    for (const actor of actors) actor.give({ type: 'height', height: 2, parent: genesis, committee: four, now: 0 })
    settleAll(actors)
    for (const { state } of actors) expect(state.commit?.certificate.value).toBe(value('body-member-1-2'))
  })

  it('commits while a member is silent', () => {
    const actors = [0, 1, 2].map((index) => new Actor(four, peer(index)))
    settleAll(actors)
    for (const { state } of actors) expect(state.phase).toBe('committed')
  })
})
