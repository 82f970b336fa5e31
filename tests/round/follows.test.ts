import { describe, expect, it } from 'vitest'
import type { CommitBody } from '../../peer-core/consensus/index.ts'
import { createIdentity, type TaskId } from '../../peer-core/index.ts'
import { CommitError, checkFollows } from '../../peer-core/round/index.ts'

const peers = [1, 2, 3, 4].map((i) => createIdentity(new Uint8Array(32).fill(i)).peerId)
const task = '11'.repeat(32) as TaskId
const hash = (digit: string) => digit.repeat(64) as CommitBody['parent']

const body: CommitBody = {
  task,
  height: 7,
  round: 7,
  time: 11,
  parent: hash('a'),
  base: hash('b'),
  contributions: [
    { id: hash('1'), peer: peers[1]!, delta: hash('d'), examples: 3, weight: 500 },
    { id: hash('2'), peer: peers[2]!, delta: hash('e'), examples: 3, weight: 500 },
  ],
  rejected: [{ peer: peers[3]!, reason: 'silent' }],
  weights: hash('f'),
  aggregation: { pipeline: ['mean'], byzantineShare: 0.2, maxNorm: 10, outerLearningRate: 1 },
  result: hash('c'),
  resultBytes: 40,
  evidence: [],
  scores: [],
  admitted: [],
  committee: hash('8'),
  nextCommittee: hash('8'),

  elected: null,
}
const parent = { task, round: 6, hash: hash('a'), model: hash('b'), time: 10 }

const codeOf = (next: CommitBody, before = parent) => {
  try {
    checkFollows(next, before)
  } catch (error) {
    if (error instanceof CommitError) return error.code
    throw error
  }
  return undefined
}

describe('checkFollows', () => {
  it('passes the next round on the same chain', () => {
    expect(codeOf(body)).toBeUndefined()
  })

  it.each([
    ['a gap', { ...parent, round: 4 }, 'GAP'],
    ['another parent', { ...parent, hash: hash('9') }, 'WRONG_PARENT'],
    ['another base', { ...parent, model: hash('9') }, 'NOT_CANONICAL'],
    ['a time that is not later', { ...parent, time: 11 }, 'NOT_CANONICAL'],
  ])('refuses %s', (_, before, code) => {
    expect(codeOf(body, before)).toBe(code)
  })

  const [first, second] = body.contributions
  it.each<[string, Partial<CommitBody>]>([
    ['a height that is not the round', { height: 8 }],
    ['two contributions of one peer', { contributions: [first!, { ...second!, peer: first!.peer }] }],
    ['a peer that is both in and out', { rejected: [{ peer: first!.peer, reason: 'silent' }] }],
    ['a refusal for what a contribution is that names none', { rejected: [{ peer: peers[3]!, reason: 'non-finite' }] }],
    [
      'a refusal for what one member saw that names a contribution',
      { rejected: [{ peer: peers[3]!, reason: 'malformed', id: hash('5') }] },
    ],
  ])('refuses %s', (_, change) => {
    expect(codeOf({ ...body, ...change })).toBe('NOT_CANONICAL')
  })
})
