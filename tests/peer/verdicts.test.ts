/** What the chain says of scorers and of liars, folded by hand: no network. */
import { describe, expect, it } from 'vitest'
import { type CommitBody, createCommittee, encode } from '../../peer-core/consensus/index.ts'
import { type Hash, sha256, type TaskId, utf8ToBytes } from '../../peer-core/foundation/index.ts'
import { Committees } from '../../peer-core/peer/committees.ts'
import { Standings } from '../../peer-core/peer/standings.ts'
import { type RejectionReason, reputationRulesSchema, seal, type TaskSpec } from '../../peer-core/wire/index.ts'
import { identity, peer } from '../reputation/peers.ts'

const task = sha256(utf8ToBytes('task')) as TaskId
const hashOf = (height: number): Hash => sha256(utf8ToBytes(`commit ${height}`))
const range = (count: number) => Array.from({ length: count }, (_, i) => i)

/** Seeds 0, 1, …, and peers 100, 101, …, whose work each commit takes. */
function chainOf({ seeds, workers, election }: { seeds: number; workers: number; election?: object }) {
  const members = range(seeds).map((i) => ({ peer: peer(i), power: 1 }))
  const spec = {
    committee: members,
    aggregation: { byzantineShare: 0.2 },
    consensus: election === undefined ? undefined : { election },
    reputation: reputationRulesSchema.parse({ foundingRounds: 1_000_000, epochRounds: 1 }),
  } as unknown as TaskSpec
  const committees = new Committees(createCommittee(members))
  const standings = new Standings({ task, spec, genesis: task }, committees)
  const contributions = range(workers).map((i) => ({ peer: peer(100 + i), id: hashOf(i) }))
  let height = 0
  return {
    standings,
    /** A sheet of a seed about the last commit: one score for all work. */
    sheet: (seed: number, score: number) => {
      const about = { task, round: height, commit: hashOf(height), scores: contributions.map(() => score) }
      return seal(identity(seed), 'scores', about).bytes
    },
    add(more: Partial<CommitBody> = {}) {
      height += 1
      const body = {
        height,
        round: height,
        contributions,
        rejected: [],
        evidence: [],
        scores: [],
        admitted: [],
        ...more,
      }
      standings.add({ body: { elected: null, ...body } as unknown as CommitBody, hash: hashOf(height) })
    },
  }
}

/** Two prevotes of a seed for one place. */
function doubleVote(member: number): Uint8Array {
  const place = { task, height: 1, round: 0, score: null, member: peer(member), signature: new Uint8Array(64) }
  const voteFor = (value: string) => ({ type: 'prevote', ...place, value: sha256(utf8ToBytes(value)) }) as const
  return encode({ type: 'equivocation', first: voteFor('a'), second: voteFor('b') })
}

const harmful = -900_000
const helpful = 100_000

describe('a verdict', () => {
  it('is not made by two that lie and a proposer that leaves the others out', () => {
    const chain = chainOf({ seeds: 11, workers: 3 })
    chain.add()
    const before = chain.standings.bar(peer(100))
    for (let round = 0; round < 6; round++) {
      chain.add({ scores: [chain.sheet(0, harmful), chain.sheet(1, harmful), chain.sheet(2, helpful)] })
    }
    expect(chain.standings.bar(peer(100))).toEqual(before)
    expect(chain.standings.weightOf(peer(100))).toBe(500)
  })

  it('is made by more than half of those drawn, whoever lies among a few of them', () => {
    const chain = chainOf({ seeds: 11, workers: 3 })
    chain.add()
    for (let round = 0; round < 15; round++) {
      const sheets = [0, 1].map((seed) => chain.sheet(seed, harmful))
      chain.add({ scores: [...sheets, ...[2, 3, 4, 5].map((seed) => chain.sheet(seed, helpful))] })
    }
    expect(chain.standings.weightOf(peer(100))).toBeGreaterThan(600)
  })
})

describe('who signed two votes for one seat', () => {
  it('scores nobody’s work any more, though it is of the committee', () => {
    const chain = chainOf({ seeds: 4, workers: 3 })
    chain.add()
    expect(chain.standings.scorers).toContain(peer(2))
    chain.add({ evidence: [doubleVote(2)] })
    expect(chain.standings.scorers).not.toContain(peer(2))
    expect(chain.standings.scorers).toHaveLength(3)
    chain.add()
    expect(chain.standings.problemOf({ scores: [chain.sheet(2, harmful)], admitted: [] })).toBe(
      'scores of nobody who may give them',
    )
    expect(chain.standings.problemOf({ scores: [chain.sheet(1, helpful)], admitted: [] })).toBeUndefined()
  })

  it('is elected no more, seed or not', () => {
    const election = { size: 21, seedShare: 34, minPoints: 1, browsers: true, epochLength: 2 }
    const chain = chainOf({ seeds: 4, workers: 3, election })
    chain.add()
    const electedAt = (height: number) => chain.standings.committeeAfter(height).members.map((member) => member.peer)
    expect(electedAt(2)).toContain(peer(2))
    chain.add({ evidence: [doubleVote(2)] })
    chain.add()
    expect(electedAt(4)).toContain(peer(1))
    expect(electedAt(4)).not.toContain(peer(2))
  })
})

describe('a name that a commit tells of', () => {
  const told = (reason: RejectionReason, id?: Hash) => {
    const chain = chainOf({ seeds: 4, workers: 3 })
    chain.add({ rejected: [{ peer: peer(500), reason, ...(id === undefined ? {} : { id }) }] })
    return chain.standings.root
  }
  const untold = () => {
    const chain = chainOf({ seeds: 4, workers: 3 })
    chain.add()
    return chain.standings.root
  }

  it('is remembered for what is proven of it, and not for having been seen', () => {
    for (const reason of ['silent', 'left', 'unavailable'] as const) expect(told(reason)).toBe(untold())
    expect(told('non-finite', hashOf(9))).not.toBe(untold())
  })
})
