import * as cbor from '@ipld/dag-cbor'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type AdmissionContext, admit, blameOf } from '../../peer-core/consensus/admission.ts'
import { createCertificate } from '../../peer-core/consensus/certificate.ts'
import {
  decodeCommit,
  decodeEvidence,
  decodeMessage,
  encode,
  maxMessageBytes,
} from '../../peer-core/consensus/codec.ts'
import { ConsensusError } from '../../peer-core/consensus/errors.ts'
import type {
  MemberMessage,
  Message,
  Proposal,
  Status,
  UnsignedVote,
  Vote,
} from '../../peer-core/consensus/messages.ts'
import { concatBytes, sha256 } from '../../peer-core/foundation/hash.ts'
import type { TaskId } from '../../peer-core/foundation/ids.ts'
import { body, genesis, task, value } from './cast.ts'
import { cheapSign, cheapVerify, counting, realCommittee, realPeer } from './ledger.ts'

const committee = realCommittee({ 0: 1, 1: 1, 2: 1, 3: 1 })
const counted = counting(cheapVerify)
const context: AdmissionContext = {
  task,
  height: 5,
  committeeAt: (height) => (height === 5 || height === 6 ? committee : undefined),
  verify: counted.verify,
  // Bodies of these tests are a name and, after a colon, their time.
  readHeader: (bytes) => {
    const [name, time = '0'] = new TextDecoder().decode(bytes).split(':')
    if (name === 'unreadable') throw new Error('no body')
    return { task, height: 5, time: Number(time) }
  },
}

function vote(more: Partial<UnsignedVote> = {}): Vote {
  const base = { type: 'prevote', task, height: 5, round: 0, value: value('A'), score: null, member: realPeer(1) }
  const unsigned = { ...base, ...more } as UnsignedVote
  return { ...unsigned, signature: cheapSign(unsigned) }
}
function proposal(more: Partial<Proposal> = {}): Proposal {
  const place = { task, height: 5, round: 0, validRound: -1, time: 0, member: realPeer(1) }
  const unsigned = { type: 'proposal', ...place, value: value('A'), body: body('A'), ...more } as const
  return { ...unsigned, signature: cheapSign(unsigned) }
}
const status: Status = {
  type: 'status',
  task,
  height: 5,
  round: 1,
  listens: false,
  tick: 9,
  holdings: [{ round: 1, proposal: true, prevotes: 5, precommits: 0 }],
  polka: { round: 0, value: value('A'), prevotes: 1 },
  bodies: [value('B')],
}
function commit(signers = [0, 1, 2]): Message {
  const votes = signers.map((index) => vote({ type: 'precommit', member: realPeer(index) }))
  return { type: 'commit', commit: { body: body('A'), certificate: createCertificate(committee, votes) } }
}
const score = { before: 900_000, after: 910_000, examples: 64 }
const messages: Message[] = [
  vote(),
  vote({ type: 'precommit', score }),
  vote({ value: null }),
  proposal(),
  status,
  commit(),
]

const fault = (message: MemberMessage | Uint8Array, more: Partial<AdmissionContext> = {}) => {
  const bytes = message instanceof Uint8Array ? message : encode(message)
  const admission = admit(bytes, { ...context, ...more })
  return admission.ok ? 'admitted' : admission.fault
}

describe('admit', () => {
  it('gives back every kind of message as it was sent', () => {
    for (const message of messages) expect(admit(encode(message), context)).toEqual({ ok: true, message })
  })

  it.each([
    ['oversized', new Uint8Array(maxMessageBytes + 1), 'OVERSIZED'],
    ['garbage', new Uint8Array([0xde, 0xad]), 'GARBAGE'],
    ['empty', new Uint8Array(0), 'GARBAGE'],
    ['of a wrong task', vote({ task: genesis as string as TaskId }), 'WRONG_TASK'],
    ['a status of a wrong task', { ...status, task: genesis as string as TaskId }, 'WRONG_TASK'],
    ['of an old height', vote({ height: 4 }), 'OLD_HEIGHT'],
    ['of a height whose committee is not known', vote({ height: 7 }), 'UNKNOWN_COMMITTEE'],
    ['of a stranger', vote({ member: realPeer(9) }), 'NOT_A_MEMBER'],
    ['mis-signed', { ...vote(), round: 1 }, 'BAD_SIGNATURE'],
    ['signed for another kind', { ...vote(), type: 'precommit' }, 'BAD_SIGNATURE'],
    ['a proposal beside another body', proposal({ body: body('B') }), 'BODY_MISMATCH'],
    ['a proposal that tells another time than its body', proposal({ time: 7 }), 'BODY_MISMATCH'],
    ['a proposal of another height’s body', proposal({ height: 6 }), 'BODY_MISMATCH'],
    [
      'a proposal of what is no body',
      proposal({ value: value('unreadable'), body: body('unreadable') }),
      'BODY_MISMATCH',
    ],
    ['a commit that too few signed', commit([0, 1]), 'BAD_CERTIFICATE'],
    [
      'an equivocation in one and the same vote',
      { type: 'evidence', evidence: { type: 'equivocation', first: vote(), second: vote() } },
      'BAD_EVIDENCE',
    ],
    [
      'an accusation of a vote for nothing',
      { type: 'evidence', evidence: { type: 'wrong-vote', vote: vote({ value: null }) } },
      'BAD_EVIDENCE',
    ],
  ] satisfies [string, MemberMessage | Uint8Array, string][])('refuses what is %s', (_, message, expected) => {
    expect(fault(message)).toBe(expected)
  })

  it.each(['round', 'validRound', 'height'] as const)('refuses a proposal whose %s was changed', (field) => {
    const changed = { ...proposal({ round: 3 }), [field]: 2 }
    expect(['BAD_SIGNATURE', 'OLD_HEIGHT']).toContain(fault(changed))
  })

  it('takes a proposal whose time is its body’s', () => {
    expect(fault(proposal({ time: 7, value: value('A:7'), body: body('A:7') }))).toBe('admitted')
  })

  it('checks no signature of what is refused for a cheaper reason', () => {
    const before = counted.checks()
    fault(vote({ member: realPeer(9) }))
    fault(proposal({ body: body('B') }))
    fault(commit([0, 1]))
    expect(counted.checks()).toBe(before)
  })

  it('blames the sender for what no honest peer forwards, and nobody for being slow', () => {
    expect(blameOf('GARBAGE')).toBe('reject')
    expect(blameOf('BAD_SIGNATURE')).toBe('reject')
    expect(blameOf('OLD_HEIGHT')).toBe('ignore')
    expect(blameOf('UNKNOWN_COMMITTEE')).toBe('ignore')
  })

  it('survives any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(admit(bytes, context).ok).toBe(false)
      }),
      { numRuns: 500 },
    )
  })

  it('survives every cut and any flipped byte of real messages, and admits none of them changed', () => {
    for (const message of messages) {
      const bytes = encode(message)
      for (let length = 0; length < bytes.length; length += 7)
        expect(admit(bytes.slice(0, length), context).ok).toBe(false)
      for (let at = 0; at < bytes.length; at += 3) {
        const flipped = bytes.slice()
        flipped[at]! ^= 0x41
        const admission = admit(flipped, context)
        // A status is not signed: what it says changes only who answers it with what.
        if (message.type !== 'status') expect(admission.ok).toBe(false)
      }
    }
  })

  it.each([
    ['an unknown field', { ...vote(), extra: 1 }],
    ['a fraction', { ...vote(), round: 0.5 }],
    ['a negative round', { ...vote(), round: -1 }],
    ['a huge round', { ...vote(), round: 2 ** 40 }],
    ['a short signature', { ...vote(), signature: new Uint8Array(63) }],
    ['a value in capitals', { ...vote(), value: value('A').toUpperCase() }],
    ['too many holdings', { ...status, holdings: Array(3).fill(status.holdings[0]) }],
    ['a mask beyond the committee', { ...status, polka: { ...status.polka!, prevotes: 2 ** 21 } }],
    ['an empty body', { ...proposal(), body: new Uint8Array(0) }],
  ])('refuses %s', (_, message) => {
    expect(fault(encode(message as Message))).toBe('GARBAGE')
  })
})

describe('decode', () => {
  it('takes one way of writing a message', () => {
    const entries = Object.entries(vote())
    const write = (order: typeof entries) =>
      concatBytes(Uint8Array.of(0xa0 | order.length), ...order.flat().map((part) => cbor.encode(part)))
    const canonical = encode(vote())
    expect(decodeMessage(canonical)).toEqual(vote())
    expect(write(entries).length).toBe(canonical.length)
    for (let turn = 0; turn < entries.length; turn++) {
      const other = write([...entries.slice(turn), ...entries.slice(0, turn)])
      expect(() => decodeMessage(other)).toThrow(/canonical/)
    }
  })

  it('names what it could not read', () => {
    for (const decode of [decodeMessage, decodeCommit, decodeEvidence]) {
      expect(() => decode(new Uint8Array([1]))).toThrow(ConsensusError)
      expect(() => decode(new Uint8Array(maxMessageBytes + 1))).toThrow(/at most/)
    }
  })

  it('reads back evidence of every kind', () => {
    const { body: bytes, ...header } = proposal()
    expect(sha256(bytes)).toBe(header.value)
    for (const evidence of [
      { type: 'equivocation', first: vote(), second: vote({ value: null }) },
      { type: 'equivocation', first: header, second: { ...header, value: value('B') } },
      { type: 'invalid-proposal', proposal: header },
      { type: 'wrong-vote', vote: vote() },
      { type: 'score', vote: vote({ type: 'precommit', score }) },
    ] as const) {
      expect(decodeEvidence(encode(evidence))).toEqual(evidence)
    }
  })
})
