import * as cbor from '@ipld/dag-cbor'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  bodyHash,
  type CommitBody,
  decodeBody,
  encodeBody,
  maxBodyBytes,
  misplaced,
} from '../../peer-core/consensus/commit-body.ts'
import { ConsensusError } from '../../peer-core/consensus/errors.ts'
import type { ContributionId, Hash } from '../../peer-core/foundation/ids.ts'
import { genesis, task, value } from './cast.ts'

const id = (name: string) => value(name) as Hash as ContributionId
const ascending = <T extends string>(ids: T[]) => [...ids].sort()

const content: CommitBody = {
  task,
  height: 3,
  round: 17,
  time: Date.UTC(2026, 0, 1),
  parent: genesis,
  contributions: ascending([id('one'), id('two')]),
  rejected: [{ contribution: id('three'), reason: 'WRONG_SHAPE' }],
  weights: value('weights'),
  aggregator: { rules: ['arc', 'nnm', 'trimmed-mean'], parameters: { tolerated: 0.2, rounds: 3 } },
  result: value('model'),
  evidence: [value('evidence')],
  committee: value('committee'),
  nextCommittee: value('next'),
}

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
      { contributions: [id('one')] },
      { rejected: [] },
      { weights: value('x') },
      { aggregator: { rules: ['mean'], parameters: {} } },
      { result: value('x') },
      { evidence: [] },
      { committee: value('x') },
      { nextCommittee: value('x') },
    ]
    const hashes = [{}, ...changes].map((change) => bodyHash(encodeBody({ ...content, ...change })))
    expect(new Set(hashes).size).toBe(changes.length + 1)
  })

  it('refuses to make what nobody could read', () => {
    const many = Array.from({ length: 2000 }, (_, index) => id(`c${index}`))
    expect(() => encodeBody({ ...content, contributions: many })).toThrow(ConsensusError)
    expect(() => encodeBody({ ...content, contributions: [id('one'), id('one')] })).toThrow(ConsensusError)
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
    const bytes = encodeBody({ ...content, aggregator: { rules: ['mean'], parameters: { rounds: 3 } } })
    // {"rounds": 3} with its 3 as a float64
    const name = [...new TextEncoder().encode('rounds')]
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

describe('misplaced', () => {
  const { height, parent, committee, nextCommittee } = content
  const context = { task, height, parent, committee, nextCommittee, parentTime: content.time - 1 }

  it('names the field that does not belong here', () => {
    expect(misplaced(content, context)).toBe(undefined)
    for (const field of ['task', 'parent', 'committee', 'nextCommittee'] as const) {
      expect(misplaced({ ...content, [field]: value('x') }, context)).toBe(field)
    }
    expect(misplaced({ ...content, height: 4 }, context)).toBe('height')
    expect(misplaced({ ...content, time: context.parentTime }, context)).toBe('time')
  })
})
