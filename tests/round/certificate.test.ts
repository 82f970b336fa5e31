import { describe, expect, it } from 'vitest'
import { createIdentity, type TaskId } from '../../peer-core/index.ts'
import {
  CommitError,
  checkFollows,
  encodeCertificate,
  quorum,
  signBody,
  verifyCertificate,
} from '../../peer-core/round/index.ts'
import { type CommitBody, encode } from '../../peer-core/wire/index.ts'

const seeds = [1, 2, 3, 4].map((i) => createIdentity(new Uint8Array(32).fill(i)))
const committee = seeds.map(({ peerId }) => ({ peer: peerId, power: 1 }))
const task = '11'.repeat(32) as TaskId
const hash = (digit: string) => digit.repeat(64) as CommitBody['parent']

const body: CommitBody = {
  v: 1,
  task,
  round: 7,
  parent: hash('a'),
  proposer: seeds[0]!.peerId,
  base: hash('b'),
  contributions: [
    { id: hash('1') as never, peer: seeds[1]!.peerId, delta: hash('d'), examples: 3, weight: 500 },
    { id: hash('2') as never, peer: seeds[2]!.peerId, delta: hash('e'), examples: 3, weight: 500 },
  ],
  rejected: [],
  aggregation: { pipeline: ['mean'], byzantineShare: 0.2, maxNorm: 10, outerLearningRate: 1 },
  model: hash('c'),
  modelBytes: 40,
  at: 1,
}
const bytes = encode(body)
const voteOf = (i: number, over: Uint8Array = bytes) => ({
  peer: seeds[i]!.peerId,
  signature: signBody(seeds[i]!, over),
})
const codeOf = (work: () => unknown) => {
  try {
    work()
  } catch (error) {
    if (error instanceof CommitError) return error.code
    throw error
  }
  return undefined
}

describe('quorum', () => {
  it.each([
    [[1], 1],
    [[1, 1, 1], 3],
    [[1, 1, 1, 1], 3],
    [[10, 20, 30], 41],
    [[33, 33, 33], 67],
  ])('of powers %j is %d: strictly more than two thirds', (powers, needed) => {
    expect(quorum(powers.map((power, i) => ({ peer: seeds[i]!.peerId, power })))).toBe(needed)
  })
})

describe('verifyCertificate', () => {
  it('believes signatures of more than two thirds', () => {
    const commit = verifyCertificate(
      encodeCertificate(
        bytes,
        [0, 1, 3].map((i) => voteOf(i)),
      ),
      task,
      committee,
    )
    expect(commit.body).toEqual(body)
  })

  it.each([
    ['too few', [0, 1], 'NO_QUORUM'],
    ['one member twice', [0, 1, 1], 'BAD_VOTE'],
  ])('refuses %s', (_, voters, code) => {
    const certificate = encodeCertificate(
      bytes,
      voters.map((i) => voteOf(i)),
    )
    expect(codeOf(() => verifyCertificate(certificate, task, committee))).toBe(code)
  })

  it('refuses a signature over other bytes, and a signer outside the committee', () => {
    const other = encode({ ...body, round: 8 })
    const forged = encodeCertificate(bytes, [voteOf(0), voteOf(1), voteOf(2, other)])
    expect(codeOf(() => verifyCertificate(forged, task, committee))).toBe('BAD_VOTE')
    const outsider = encodeCertificate(bytes, [voteOf(0), voteOf(1), voteOf(3)])
    expect(codeOf(() => verifyCertificate(outsider, task, committee.slice(0, 3)))).toBe('BAD_VOTE')
  })

  it('refuses a commit of another task', () => {
    const certificate = encodeCertificate(
      bytes,
      [0, 1, 2].map((i) => voteOf(i)),
    )
    expect(codeOf(() => verifyCertificate(certificate, '22'.repeat(32) as TaskId, committee))).toBe('WRONG_TASK')
  })
})

describe('checkFollows', () => {
  const parent = { task, round: 6, hash: hash('a'), model: hash('b') }
  it('passes the next round on the same chain', () => {
    expect(codeOf(() => checkFollows(body, parent))).toBeUndefined()
  })

  it.each([
    ['a gap', { ...parent, round: 4 }, body, 'GAP'],
    ['another parent', { ...parent, hash: hash('9') }, body, 'WRONG_PARENT'],
    ['another base', { ...parent, model: hash('9') }, body, 'NOT_CANONICAL'],
    ['unsorted contributions', parent, { ...body, contributions: body.contributions.toReversed() }, 'NOT_CANONICAL'],
    [
      'two contributions of one peer',
      parent,
      { ...body, contributions: body.contributions.map((one) => ({ ...one, peer: seeds[1]!.peerId })) },
      'NOT_CANONICAL',
    ],
  ])('refuses %s', (_, before, next, code) => {
    expect(codeOf(() => checkFollows(next, before))).toBe(code)
  })
})
