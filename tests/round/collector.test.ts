import { describe, expect, it } from 'vitest'
import type { PeerId } from '../../peer-core/index.ts'
import {
  type Claim,
  type CollectorEffect,
  type CollectorInput,
  type CollectorState,
  collect,
  compare,
  openRound,
} from '../../peer-core/round/index.ts'

const rules = { deadlineMs: 1_000, fetchMs: 100, minimumContributions: 1 }
const [a, b, c] = ['a', 'b', 'c'] as PeerId[] as [PeerId, PeerId, PeerId]
const base = 'base' as Claim['contribution']['base']

function claimOf(peer: PeerId, change: Partial<Claim['contribution']> = {}): Claim {
  const contribution = {
    task: 'task',
    round: 5,
    peer,
    base,
    sequence: 0,
    delta: `delta of ${peer}`,
    bytes: 40,
    examples: 1,
    steps: 1,
    loss: 1,
    at: 0,
    ...change,
  } as Claim['contribution']
  return { id: `${peer}/${contribution.sequence}` as Claim['id'], contribution }
}

function play(inputs: readonly CollectorInput[], unawaited: PeerId[] = []): [CollectorState, CollectorEffect[]] {
  const init = { round: 5, base, modelBytes: 40, rules, now: 0, unawaited: new Set(unawaited), order: compare }
  let state = openRound(init)
  const effects: CollectorEffect[] = []
  for (const input of inputs) {
    const [next, told] = collect(state, input)
    state = next
    effects.push(...told)
  }
  return [state, effects]
}

const trains = (peer: PeerId) => ({ kind: 'presence', peer, status: 'training' }) as const
const claims = (claim: Claim) => ({ kind: 'claim', claim }) as const
const verified = (claim: Claim) => ({ kind: 'verified', id: claim.id }) as const
const closeOf = (effects: CollectorEffect[]) => effects.find((effect) => effect.kind === 'close')

describe('collect', () => {
  it('closes as soon as everyone expected has delivered', () => {
    const [first, second] = [claimOf(a), claimOf(b)]
    const before = [trains(b), trains(a), claims(second), claims(first), verified(second)]
    expect(closeOf(play(before)[1])).toBeUndefined()
    const [state, effects] = play([...before, verified(first)])
    expect(state.closed).toBe(true)
    expect(closeOf(effects)).toEqual({ kind: 'close', accepted: [first, second], rejected: [] })
  })

  it('gives the same result for every order of arrival', () => {
    const [first, second] = [claimOf(a), claimOf(b)]
    const one = play([trains(a), trains(b), claims(first), claims(second), verified(first), verified(second)])
    const other = play([trains(b), trains(a), claims(second), claims(first), verified(second), verified(first)])
    expect(closeOf(other[1])).toEqual(closeOf(one[1]))
  })

  it('closes at its deadline without those that said nothing or were not fetched', () => {
    const [first, second] = [claimOf(a), claimOf(b)]
    const inputs = [trains(a), trains(b), trains(c), claims(first), claims(second), verified(first)]
    const [, effects] = play([...inputs, { kind: 'tick', now: 1_000, letsIn: false }])
    expect(closeOf(effects)).toMatchObject({
      accepted: [first],
      rejected: [
        { peer: b, reason: 'unavailable' },
        { peer: c, reason: 'silent' },
      ],
    })
  })

  it('extends its deadline when too few delivered', () => {
    const [state, effects] = play([trains(a), { kind: 'tick', now: 1_200, letsIn: false }])
    expect(effects).toEqual([{ kind: 'extend', deadline: 2_200 }])
    expect(state.deadline).toBe(2_200)
  })

  it('ends all the same, with nothing taken, where somebody waits to be let in and nothing is on its way', () => {
    const tick = { kind: 'tick', now: 1_200, letsIn: true } as const
    expect(closeOf(play([trains(a), tick])[1])).toMatchObject({
      accepted: [],
      rejected: [{ peer: a, reason: 'silent' }],
    })
    expect(closeOf(play([trains(a), claims(claimOf(a)), tick])[1])).toBeUndefined()
    const enough = play([trains(a), trains(b), claims(claimOf(a)), verified(claimOf(a)), tick])
    expect(closeOf(enough[1])).toMatchObject({ accepted: [claimOf(a)] })
  })

  it('does not wait for a peer that was silent the last time, but takes its work', () => {
    const [first, second] = [claimOf(a), claimOf(b)]
    const early = play([trains(a), trains(b), claims(first), verified(first)], [b])
    expect(closeOf(early[1])).toMatchObject({ accepted: [first], rejected: [{ peer: b, reason: 'silent' }] })
    const late = play([trains(a), trains(b), claims(second), claims(first), verified(first), verified(second)], [b])
    expect(closeOf(late[1])).toMatchObject({ accepted: [first, second] })
  })

  it('takes the latest contribution of a peer, and forgets what it fetched of an earlier one', () => {
    const [first, second] = [claimOf(a), claimOf(a, { sequence: 1 })]
    const [state, effects] = play([trains(a), claims(first), claims(second), verified(first)])
    expect(state.closed).toBe(false)
    expect(effects).toEqual([
      { kind: 'fetch', claim: first },
      { kind: 'fetch', claim: second },
    ])
    expect(closeOf(play([trains(a), claims(second), claims(first), verified(second)])[1])).toMatchObject({
      accepted: [second],
    })
  })

  it.each([
    ['another base', { base: 'other' as never }, 'wrong-base'],
    ['another size', { bytes: 44 }, 'wrong-size'],
  ])('rejects %s without fetching it', (_, change, reason) => {
    const honest = claimOf(b)
    const [, effects] = play([trains(b), claims(claimOf(a, change)), claims(honest), verified(honest)])
    expect(effects.filter((effect) => effect.kind === 'fetch')).toHaveLength(1)
    expect(closeOf(effects)).toMatchObject({ accepted: [honest], rejected: [{ peer: a, reason }] })
  })

  it('ignores other rounds, and everything once it is closed', () => {
    const first = claimOf(a)
    expect(play([claims(claimOf(a, { round: 4 })), claims(claimOf(a, { round: 6 }))])[1]).toEqual([])
    const [closed] = play([trains(a), claims(first), verified(first)])
    expect(collect(closed, claims(claimOf(b)))).toEqual([closed, []])
  })

  it('does not count a peer that pauses or whose training failed, and rejects one that leaves', () => {
    const first = claimOf(a)
    const start = [trains(a), trains(b), claims(first), verified(first)]
    for (const status of ['paused', 'joining'] as const) {
      const without = play([...start, { kind: 'presence', peer: b, status }])
      expect(closeOf(without[1])).toMatchObject({ rejected: [] })
    }
    const left = play([...start, { kind: 'presence', peer: b, status: 'leaving' }])
    expect(closeOf(left[1])).toMatchObject({ rejected: [{ peer: b, reason: 'left' }] })
    const gone = play([...start, { kind: 'gone', peer: b }])
    expect(closeOf(gone[1])).toMatchObject({ rejected: [{ peer: b, reason: 'left' }] })
  })

  describe('with more claims than it has places for', () => {
    const invented = Array.from({ length: 400 }, (_, i) => claimOf(`m${String(i).padStart(3, '0')}` as PeerId))
    const presences = invented.map(({ contribution }) => trains(contribution.peer))

    it('has one for who goes before others, however late it comes', () => {
      const [first, last] = [claimOf(a), claimOf('z' as PeerId)]
      const inputs = [...presences, ...invented.map(claims), claims(last), claims(first), verified(first)]
      const [, effects] = play([...inputs, { kind: 'tick', now: 1_000, letsIn: false }])
      expect(effects).toContainEqual({ kind: 'fetch', claim: first })
      expect(effects).not.toContainEqual({ kind: 'fetch', claim: last })
      expect(closeOf(effects)).toMatchObject({ accepted: [first] })
    })

    it('gives those of who failed to anyone', () => {
      const last = claimOf('z' as PeerId)
      const failed = invented.map(({ id }) => ({ kind: 'rejected', id, reason: 'unavailable' }) as const)
      const inputs = [...invented.map(claims), ...failed, claims(last), verified(last)]
      expect(closeOf(play(inputs)[1])).toMatchObject({ accepted: [last] })
    })

    it('commits those who go before others, in the order of their ids', () => {
      const ofPeer = (peer: PeerId, i: number) => ({ ...claimOf(peer), id: `id ${199 - i}` as Claim['id'] })
      const all = Array.from({ length: 200 }, (_, i) => ofPeer(`p${100 + i}` as PeerId, i))
      const close = closeOf(play([...all.map(claims), ...all.map(verified)])[1])
      const best = all.slice(0, 160).sort((x, y) => compare(x.id, y.id))
      expect(close).toMatchObject({ accepted: best })
    })
  })

  it('takes no more of a peer that broke a protocol', () => {
    const first = claimOf(a)
    const bad: CollectorInput = { kind: 'misbehaved', peer: b, reason: 'malformed' }
    const [, effects] = play([trains(a), trains(b), bad, claims(claimOf(b)), claims(first), verified(first)])
    expect(closeOf(effects)).toMatchObject({ accepted: [first], rejected: [{ peer: b, reason: 'malformed' }] })
  })
})
