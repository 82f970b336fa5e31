/** What trying others' work may cost the machine that does it. */
import { describe, expect, it } from 'vitest'
import { createIdentity, type Hash, type PeerId, sha256, utf8ToBytes } from '../../peer-core/index.ts'
import type { Commit } from '../../peer-core/peer/commit.ts'
import { Evaluating } from '../../peer-core/peer/evaluating.ts'
import type { Models } from '../../peer-core/peer/models.ts'
import { Scoring, type ScoringParts } from '../../peer-core/peer/scoring.ts'
import type { SessionContext } from '../../peer-core/peer/session-context.ts'
import { sleep, type Trainer } from '../../peer-core/ports/index.ts'
import type { Claim } from '../../peer-core/round/index.ts'
import { createVirtualClock } from '../../peer-core/testing/virtual-clock.ts'
import type { ScoresMessage } from '../../peer-core/wire/index.ts'
import { peer } from '../reputation/peers.ts'
import { examplesOf } from './village.ts'

const hash = (text: string): Hash => sha256(utf8ToBytes(text))
const base = hash('base')
const own = createIdentity(new Uint8Array(32).fill(1))
const evaluationMs = 50
/** A tenth of it is a second: as long as twenty evaluations take. */
const deadlineMs = 10_000

/** A scorer whose evaluations take their time. */
async function scorer() {
  const clock = createVirtualClock({ start: 1_700_000_000_000 })
  const evaluated: string[] = []
  const sheets: ScoresMessage[] = []
  const trainer = {
    load: async () => undefined,
    async evaluate({ data }) {
      await sleep(clock, evaluationMs, new AbortController().signal)
      evaluated.push(data.split('/').at(-1)!)
      return { loss: 1, accuracy: 0.5, examples: 40 }
    },
  } as Partial<Trainer> as Trainer
  const context = {
    ...{ clock, identity: own, task: hash('task'), signal: new AbortController().signal },
    spec: { round: { deadlineMs }, aggregation: { outerLearningRate: 1 } },
    say: (_: string, value: object) => sheets.push(value as ScoresMessage),
  } as unknown as SessionContext
  const models = { stored: async () => new Float32Array(4) } as unknown as Models
  const evaluating = new Evaluating(context, models, trainer, examplesOf(0.5))
  const parts = {
    standings: { scorers: [own.peerId], bar: () => undefined, mayScore: () => true },
    deltas: { get: async () => ({ delta: new Float32Array(4) }) },
    evaluating,
    head: () => ({ round: 0, model: base }),
  } as unknown as ScoringParts
  evaluating.start()
  const scoring = new Scoring(context, parts)
  const claims = (name: string, count: number) => {
    const made = Array.from({ length: count }, (_, i): Claim => {
      const contribution = { peer: peer(i) as PeerId, base, round: 1 }
      return { id: hash(`${name} ${i}`), contribution } as unknown as Claim
    })
    for (const claim of made) scoring.claim(claim)
    return made
  }
  const commit = (round: number, claimed: readonly Claim[]) => {
    const contributions = claimed.map(({ id }) => ({ id }))
    scoring.committed({ body: { round, contributions }, hash: hash(`commit ${round}`) } as unknown as Commit)
  }
  return { clock, evaluated, sheets, evaluating, claims, commit }
}

describe('a scorer', () => {
  it('tries no more than it has time for, however many claims come at once', async () => {
    const { clock, evaluated, sheets, claims, commit } = await scorer()
    const claimed = claims('of the first round', 60)
    await clock.advance(deadlineMs)
    expect(evaluated).toHaveLength(20)
    commit(1, claimed)
    await clock.advance(1)
    expect(sheets[0]!.scores.filter((score) => score !== null)).toHaveLength(19)
  })

  it('takes no time from a round for the work of the one before', async () => {
    const { clock, evaluated, claims, commit } = await scorer()
    commit(1, claims('of the first round', 10))
    claims('of the second round', 60)
    await clock.advance(2 * deadlineMs)
    // The base and ten of the first round, and twenty of the second.
    expect(evaluated).toHaveLength(11 + 20)
  })

  it('stops trying a round’s work once its sheet is told', async () => {
    const { clock, evaluated, claims, commit } = await scorer()
    claims('of nobody whose work counts', 10)
    commit(1, [])
    await clock.advance(deadlineMs)
    expect(evaluated.length).toBeLessThan(3)
  })

  it('lets a vote wait for nothing but what is being tried', async () => {
    const { clock, evaluated, evaluating, claims } = await scorer()
    claims('of the first round', 15)
    await clock.advance(3 * evaluationMs)
    const before = evaluated.length
    const score = evaluating.score(base, hash('result'))
    await clock.finish(score, 3 * evaluationMs)
    expect(await score).toEqual({ before: 500_000, after: 500_000, examples: 40 })
    expect(evaluated.slice(before).filter((data) => data === 'sample').length).toBeLessThan(2)
  })
})
