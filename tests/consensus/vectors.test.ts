import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type Committee, createCommittee } from '../../peer-core/consensus/committee.ts'
import { neededExclusive, oneThird, twoThirds } from '../../peer-core/consensus/power.ts'
import { proposerOf } from '../../peer-core/consensus/proposer.ts'
import type { PeerId } from '../../peer-core/foundation/ids.ts'
import { decayed, delivered, scoreOf, unknownConduct } from '../../peer-core/network/conduct.ts'
import vectors from '../vectors/consensus.json' with { type: 'json' }

const rotationCase = z.object({
  source: z.string(),
  rule: z.literal('weighted_round_robin_proposer'),
  input: z.object({ steps: z.number() }).catchall(z.number()),
  expected: z.string(),
})
const quorumCase = z.object({
  source: z.string(),
  rule: z.literal('weighted_quorum_strictly_greater'),
  input: z.object({ power: z.array(z.number()), signed: z.array(z.number()), threshold: z.enum(['1/3', '2/3']) }),
  expected: z.object({ accept: z.boolean(), needed_exclusive: z.number(), got: z.number() }),
})

const deliveriesCase = z.object({
  source: z.string(),
  rule: z.literal('gossipsub_P2_first_deliveries'),
  input: z.object({
    topicWeight: z.number(),
    weight: z.number(),
    decay: z.number(),
    cap: z.number(),
    messages: z.number(),
    refreshes: z.number(),
  }),
  expected: z.number(),
  tol: z.number().default(0),
})

function casesOf<T>(schema: z.ZodType<T>): T[] {
  return vectors.flatMap((vector) => schema.safeParse(vector).data ?? [])
}

function named(powers: Record<string, number>): Committee {
  return createCommittee(Object.entries(powers).map(([name, power]) => ({ peer: name as PeerId, power })))
}

describe('proposerOf, published vectors', () => {
  it.each(casesOf(rotationCase))('$source', ({ input: { steps, ...powers }, expected }) => {
    const committee = named(powers)
    const sequence = Array.from({ length: steps }, (_, step) => proposerOf(committee, step + 1, 0))
    expect(sequence.join(' ')).toBe(expected)
  })
})

describe('neededExclusive, published vectors', () => {
  it.each(casesOf(quorumCase))('$source', ({ input: { power, signed, threshold }, expected }) => {
    const got = signed.reduce((sum, index) => sum + power[index]!, 0)
    const total = power.reduce((sum, points) => sum + points, 0)
    const needed = neededExclusive(total, threshold === '1/3' ? oneThird : twoThirds)
    expect({ accept: got > needed, needed_exclusive: needed, got }).toEqual(expected)
  })
})

describe('scoreOf, published vectors', () => {
  it.each(casesOf(deliveriesCase))('$source', ({ input, expected, tol }) => {
    const { topicWeight, weight, decay, cap } = input
    const rules = { topicWeight, delivered: { weight, decay, cap }, invalid: { weight: -1, decay } }
    let peer = unknownConduct
    for (let message = 0; message < input.messages; message++) peer = delivered(peer, rules)
    for (let refresh = 0; refresh < input.refreshes; refresh++) peer = decayed(peer, rules)
    expect(Math.abs(scoreOf(peer, rules) - expected)).toBeLessThanOrEqual(tol)
  })
})

it('every published case is one of these', () => {
  const read = [casesOf(rotationCase), casesOf(quorumCase), casesOf(deliveriesCase)].flat()
  expect(read).toHaveLength(vectors.length)
})
