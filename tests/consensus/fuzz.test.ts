import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Message, Value } from '../../peer-core/consensus/messages.ts'
import type { Effect, Input } from '../../peer-core/consensus/state.ts'
import { Actor, body, committeeOf, genesis, noSignature, peer, task, value } from './cast.ts'

const committee = committeeOf(3, 1, 2, 1)
const names = ['A', 'B', 'C']
const height = fc.integer({ min: 1, max: 3 })
const round = fc.oneof(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 1_000_000 }))
const member = fc.integer({ min: 0, max: 5 }).map(peer)
const name = fc.constantFrom(...names)
const anyValue: fc.Arbitrary<Value> = fc.option(name.map(value))
const mask = fc.integer({ min: 0, max: 2 ** 21 - 1 })
const now = fc.integer({ min: 0, max: 100_000 })

const vote = fc.record({
  type: fc.constantFrom('prevote' as const, 'precommit' as const),
  task: fc.constant(task),
  height,
  round,
  value: anyValue,
  score: fc.constant(null),
  member,
  signature: fc.constant(noSignature),
})
const proposal = fc.tuple(height, round, fc.integer({ min: -1, max: 1_000_000 }), name, member, now).map((drawn) => {
  const [at, in_, validRound, of, from, time] = drawn
  const place = { task, height: at, round: in_, member: from, signature: noSignature }
  return { type: 'proposal' as const, ...place, validRound, value: value(of), time, body: body(of) }
})
const status = fc.record({
  type: fc.constant('status' as const),
  task: fc.constant(task),
  height,
  round,
  listens: fc.boolean(),
  tick: fc.nat(),
  holdings: fc.array(fc.record({ round, proposal: fc.boolean(), prevotes: mask, precommits: mask }), { maxLength: 2 }),
  polka: fc.option(fc.record({ round, value: name.map(value), prevotes: mask })),
  bodies: fc.array(name.map(value), { maxLength: 4 }),
})
const message: fc.Arbitrary<Message> = fc.oneof(
  { weight: 6, arbitrary: vote },
  { weight: 3, arbitrary: proposal },
  status,
)
const step = fc.constantFrom(
  'propose' as const,
  'prevote' as const,
  'precommit' as const,
  'gossip' as const,
  'listen' as const,
)
const input: fc.Arbitrary<Input> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ type: fc.constant('message' as const), message, from: member, now }) },
  fc.record({ type: fc.constant('timeout' as const), timer: fc.record({ step, height, round }), now }),
  fc.tuple(height, round, name, now).map(([at, in_, of, time]) => {
    return { type: 'built' as const, height: at, round: in_, value: value(of), body: body(of), time, now: time }
  }),
  fc.record({
    type: fc.constant('verdict' as const),
    height,
    value: name.map(value),
    verdict: fc.constantFrom('valid' as const, 'invalid' as const, 'pending' as const),
    now,
  }),
  fc.record({
    type: fc.constant('height' as const),
    height,
    parent: fc.constant(genesis),
    committee: fc.constant(committee),
    listenMs: fc.constantFrom(0, 3_000),
    now,
  }),
)

const said = (effects: readonly Effect[]) =>
  effects.flatMap((effect) => {
    if (effect.type !== 'send' || effect.message.type === 'status' || effect.message.type === 'commit') return []
    return effect.message.member === peer(0) ? [effect.message] : []
  })

describe('step, any inputs', () => {
  it('never throws, never changes its arguments, and never says two things in one place, over crashes too', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(input, fc.boolean()), { maxLength: 120 }), fc.boolean(), (script, listens) => {
        const actor = new Actor(committee, peer(0), {}, undefined, listens ? { listenMs: 3_000 } : {})
        const places = new Map<string, Value>()
        for (const [one, crashes] of script) {
          const { state } = actor
          const before = JSON.stringify(state)
          actor.give(one)
          expect(JSON.stringify(state)).toBe(before)
          for (const { type, height, round, value } of said(actor.take())) {
            const place = `${type} ${height}/${round}`
            expect(places.get(place) ?? value).toBe(value)
            places.set(place, value)
          }
          if (crashes && actor.state.height === 1) {
            actor.crash()
            for (const { type, height, round, value } of said(actor.take())) {
              expect([type, height, round, places.get(`${type} ${height}/${round}`) ?? value]).toEqual([
                type,
                height,
                round,
                value,
              ])
            }
          }
        }
      }),
      { numRuns: 300 },
    )
  })
})
