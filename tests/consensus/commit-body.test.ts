import * as cbor from '@ipld/dag-cbor'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  bodyHash,
  type CommitBody,
  committeeAfter,
  decodeBody,
  encodeBody,
  maxBodyBytes,
} from '../../peer-core/consensus/commit-body.ts'
import { createCommittee } from '../../peer-core/consensus/committee.ts'
import { ConsensusError } from '../../peer-core/consensus/errors.ts'
import type { ContributionId, Hash } from '../../peer-core/foundation/ids.ts'
import { body, genesis, task, value } from './cast.ts'
import { realPeer } from './ledger.ts'

const id = (name: string) => value(name) as Hash as ContributionId
const accepted = (name: string, peer: number) => {
  return {
    id: id(name),
    peer: realPeer(peer),
    delta: value(`delta of ${name}`),
    examples: 30,
    weight: 500,
    tier: 'server' as const,
  }
}

const content: CommitBody = {
  task,
  height: 3,
  round: 17,
  time: Date.UTC(2026, 0, 1),
  parent: genesis,
  base: value('base'),
  contributions: [accepted('one', 1), accepted('two', 2)].sort((a, b) => (a.id < b.id ? -1 : 1)),
  rejected: [
    { peer: realPeer(3), reason: 'non-finite' as const, id: id('three') },
    { peer: realPeer(4), reason: 'silent' as const },
  ].sort((a, b) => (a.peer < b.peer ? -1 : 1)),
  weights: value('weights'),
  aggregation: { pipeline: ['arc', { rule: 'mean' }], byzantineShare: 0.2, maxNorm: 3, outerLearningRate: 1 },
  result: value('model'),
  resultBytes: 40,
  evidence: [body('evidence')],
  scores: [body('scores')],
  admitted: [],
  committee: value('committee'),
  nextCommittee: value('next'),

  elected: [{ peer: realPeer(1), power: 7 }],
}

describe('committeeAfter', () => {
  const [current, next] = [1, 2].map((i) => createCommittee([{ peer: realPeer(i), power: i }]))

  it('is the one that the body tells, or the one that votes on it', () => {
    const stays = { elected: null, nextCommittee: current!.hash }
    expect(committeeAfter(stays, current!)).toBe(current)
    expect(committeeAfter({ elected: next!.members, nextCommittee: next!.hash }, current!)).toEqual(next)
  })

  it('refuses members that are not those of the hash', () => {
    for (const elected of [null, current!.members]) {
      expect(() => committeeAfter({ elected, nextCommittee: next!.hash }, current!)).toThrow(ConsensusError)
    }
  })
})

describe('encodeBody', () => {
  it('is read back as it was', () => {
    expect(decodeBody(encodeBody(content))).toEqual(content)
  })

  it('is the same bytes for every order of its sets', () => {
    const shuffled = { ...content, contributions: [...content.contributions].reverse() }
    expect(bodyHash(encodeBody(shuffled))).toBe(bodyHash(encodeBody(content)))
  })

  it('changes with every field', () => {
    const changes: Partial<CommitBody>[] = [
      { height: 4 },
      { round: 18 },
      { time: 1 },
      { parent: value('x') },
      { base: value('x') },
      { contributions: [accepted('one', 1)] },
      { rejected: [] },
      { weights: value('x') },
      { aggregation: { ...content.aggregation, pipeline: ['mean'] } },
      { result: value('x') },
      { resultBytes: 44 },
      { evidence: [] },
      { committee: value('x') },
      { nextCommittee: value('x') },
    ]
    const hashes = [{}, ...changes].map((change) => bodyHash(encodeBody({ ...content, ...change })))
    expect(new Set(hashes).size).toBe(changes.length + 1)
  })

  it('refuses to make what nobody could read', () => {
    const many = Array.from({ length: 2000 }, (_, index) => accepted(`c${index}`, index % 20))
    expect(() => encodeBody({ ...content, contributions: many })).toThrow(ConsensusError)
    expect(() => encodeBody({ ...content, contributions: [accepted('one', 1), accepted('one', 2)] })).toThrow(
      ConsensusError,
    )
  })
})

describe('decodeBody', () => {
  it('refuses lists out of order, strangers among the fields, and too many bytes', () => {
    const raw = cbor.decode<Record<string, unknown>>(encodeBody(content))
    const reversed = { ...raw, contributions: [...(raw.contributions as unknown[])].reverse() }
    for (const bytes of [cbor.encode(reversed), cbor.encode({ ...raw, more: 1 }), new Uint8Array(maxBodyBytes + 1)]) {
      expect(() => decodeBody(bytes)).toThrow(ConsensusError)
    }
  })

  it('refuses a second encoding of the same body', () => {
    const bytes = encodeBody(content)
    // {"maxNorm": 3} with its 3 as a float64
    const name = [...new TextEncoder().encode('maxNorm')]
    const at =
      bytes.findIndex((_, start) => [...name, 3].every((byte, offset) => bytes[start + offset] === byte)) + name.length
    const float = [0xfb, 0x40, 0x08, 0, 0, 0, 0, 0, 0]
    const again = new Uint8Array([...bytes.slice(0, at), ...float, ...bytes.slice(at + 1)])
    expect(cbor.decode(again)).toEqual(cbor.decode(bytes))
    expect(() => decodeBody(again)).toThrow(/canonical/)
  })

  it('survives any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(() => decodeBody(bytes)).toThrow(ConsensusError)
      }),
    )
  })
})
