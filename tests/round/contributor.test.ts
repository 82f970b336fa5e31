import { describe, expect, it } from 'vitest'
import type { BlobId } from '../../peer-core/index.ts'
import { type ContributorInput, type ContributorState, contribute, contributorAt } from '../../peer-core/round/index.ts'

const [first, second] = ['model 3', 'model 4'] as BlobId[] as [BlobId, BlobId]

/** Feeds the inputs, answering `done` for the job under way wherever a string says so. */
function play(...inputs: (ContributorInput | 'done' | 'failed' | 'timer')[]) {
  let state: ContributorState = contributorAt(3, first, 500)
  let last: readonly { kind: string }[] = []
  const all: { kind: string }[] = []
  for (const input of inputs) {
    const [next, effects] = contribute(state, typeof input === 'string' ? { kind: input, job: state.job } : input)
    state = next
    last = effects
    all.push(...effects)
  }
  return { state, last, all }
}
const resume = { kind: 'resume' } as const
/** It held model 3, published, and hears of model 4 when the seeds are gone. */
const without = [
  resume,
  'done',
  { kind: 'quorum', reachable: false },
  'done',
  { kind: 'head', round: 4, model: second },
] as const

describe('contribute', () => {
  it('loads, trains, publishes and waits', () => {
    const { all, state } = play(resume, 'done', 'done', 'done')
    expect(all).toMatchObject([
      { kind: 'load', round: 4, model: first },
      { kind: 'train', round: 4, sequence: 0 },
      { kind: 'publish', round: 4, sequence: 0 },
      { kind: 'timer', ms: 500 },
    ])
    expect(state.phase).toBe('waiting')
  })

  it('starts over from a new commit, whatever it was doing', () => {
    for (const before of [['done'], ['done', 'done'], ['done', 'done', 'done']] as const) {
      const { last, state } = play(resume, ...before, { kind: 'head', round: 4, model: second })
      expect(last).toMatchObject([{ kind: 'abort' }, { kind: 'load', round: 5, model: second }])
      expect(state.sequence).toBe(0)
    }
  })

  it('ignores the answer to a job that was overtaken', () => {
    const before = play(resume, 'done').state
    const [overtaken] = contribute(before, { kind: 'head', round: 4, model: second })
    expect(contribute(overtaken, { kind: 'done', job: before.job })).toEqual([overtaken, []])
  })

  it('ignores an old commit', () => {
    const { state } = play(resume, 'done')
    expect(contribute(state, { kind: 'head', round: 3, model: second })).toEqual([state, []])
  })

  it('mixes and trains on when no commit comes, with a later sequence', () => {
    const { all } = play(resume, 'done', 'done', 'done', 'timer', 'done', 'done')
    expect(all.slice(4)).toMatchObject([
      { kind: 'mix', round: 4 },
      { kind: 'train', round: 4, sequence: 1 },
      { kind: 'publish', round: 4, sequence: 1 },
    ])
  })

  it('does not wait long when the quorum is out of reach', () => {
    const { last } = play(resume, 'done', 'done', 'done', { kind: 'quorum', reachable: false })
    expect(last).toMatchObject([{ kind: 'timer', ms: 2_000 }])
  })

  it('goes on from the model it holds when the committed one is not to be had and no seed is there', () => {
    const { all, state } = play(...without, 'failed', 'done', 'done', 'timer', 'failed', 'done', 'done')
    expect(all.slice(5)).toMatchObject([
      { kind: 'train', round: 5, sequence: 0, from: 'base' },
      { kind: 'publish', round: 5, sequence: 0 },
      { kind: 'timer', ms: 2_000 },
      { kind: 'load', round: 5, model: second },
      { kind: 'mix', round: 5 },
      { kind: 'train', round: 5, sequence: 1, from: 'mixture' },
      { kind: 'publish', round: 5, sequence: 1 },
    ])
    expect(state.held).toBe(3)
  })

  it('takes the committed model as soon as it is to be had, with a later sequence', () => {
    const { all, state } = play(...without, 'failed', 'done', 'done', 'timer', 'done', 'done')
    expect(all.slice(-2)).toMatchObject([
      { kind: 'train', round: 5, sequence: 1, from: 'base' },
      { kind: 'publish', round: 5, sequence: 1 },
    ])
    expect(state.held).toBe(4)
  })

  it('hands in nothing that counts from another model than the committed one when a seed is back', () => {
    const back = { kind: 'quorum', reachable: true } as const
    expect(play(...without, 'failed', back, 'done').last).toMatchObject([{ kind: 'load', model: second }])
    expect(play(...without, 'failed', 'done', 'done', back).last).toMatchObject([{ kind: 'load', model: second }])
    expect(play(...without, 'failed', 'done', back, 'done').last).toMatchObject([{ kind: 'load', model: second }])
  })

  it('tries again after a failure, each time later, at most a minute', () => {
    const waits: unknown[] = []
    let inputs: Parameters<typeof play> = [resume]
    for (let i = 0; i < 9; i++) {
      const { last } = play(...inputs, 'failed')
      waits.push((last[0] as { ms?: number }).ms)
      inputs = [...inputs, 'failed', 'timer']
    }
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000])
  })

  it('takes more and more time between trainings that fail, and counts on none until one is done', () => {
    const waits: unknown[] = []
    let inputs: Parameters<typeof play> = [resume]
    for (let i = 0; i < 3; i++) {
      inputs = [...inputs, 'done', 'failed']
      const { last, state } = play(...inputs)
      waits.push((last[0] as { ms?: number }).ms)
      expect(state.trainingFailed).toBe(true)
      inputs = [...inputs, 'timer']
    }
    expect(waits).toEqual([1_000, 2_000, 4_000])
    const next = { kind: 'head', round: 4, model: second } as const
    expect(play(...inputs, next, 'done').state).toMatchObject({ phase: 'training', trainingFailed: true })
    expect(play(...inputs, next, 'done', 'done').state).toMatchObject({ phase: 'publishing', trainingFailed: false })
  })

  it('does nothing while paused, and starts from the last commit when resumed', () => {
    const paused = play(resume, 'done', { kind: 'pause' })
    expect(paused.last).toEqual([{ kind: 'abort' }])
    const { all, last } = play(resume, 'done', { kind: 'pause' }, { kind: 'head', round: 4, model: second }, resume)
    expect(all.filter((effect) => effect.kind === 'load')).toHaveLength(2)
    expect(last).toMatchObject([{ kind: 'load', round: 5, model: second }])
  })
})
