/**
 * A contributor's way through one round, as a pure machine: load the base model, train, publish, wait for the commit.
 * When no commit comes (the seeds are away), it mixes with the neighbours it can reach and trains on from the mixture;
 * its next contribution replaces the one before and still counts from the last commit. When the committed model itself is
 * not to be had (whoever held it left with the seeds), it goes on from the last one that it holds, and fetches the
 * committed one as soon as somebody can give it.
 *
 * Work is named by `job`: an answer to a job that was overtaken is ignored.
 * @module
 */
import type { BlobId } from '../foundation/index.ts'
import { second } from '../foundation/index.ts'

export type ContributorPhase = 'idle' | 'loading' | 'training' | 'publishing' | 'waiting' | 'mixing' | 'paused'

export interface ContributorState {
  readonly phase: ContributorPhase
  /** the last committed round, and its model */
  readonly head: { readonly round: number; readonly model: BlobId }
  /** the round of the model that is held; less than the head's while that is not to be had, −1 before the first */
  readonly held: number
  /** how many times this round was contributed to already */
  readonly sequence: number
  /** of the work under way; grows with every new piece of work */
  readonly job: number
  /** in a row */
  readonly failures: number
  /** The last training failed, and the next may: nobody is to wait for it. */
  readonly trainingFailed: boolean
  /** Whether enough of the committee is within reach for a commit to come. */
  readonly quorum: boolean
  /** How long a commit is waited for before the mesh goes on without it. */
  readonly patienceMs: number
}

/** Without a quorum no commit will come: a pause that lets the neighbours' announcements arrive is enough. */
const aloneMs = 2 * second

export type ContributorInput =
  /** A new commit, or the first one known. */
  | { readonly kind: 'head'; readonly round: number; readonly model: BlobId }
  | { readonly kind: 'done'; readonly job: number }
  | { readonly kind: 'failed'; readonly job: number }
  | { readonly kind: 'timer'; readonly job: number }
  | { readonly kind: 'quorum'; readonly reachable: boolean }
  | { readonly kind: 'pause' }
  | { readonly kind: 'resume' }

export type ContributorEffect =
  /** Fetch `model` unless it is here, and the data. */
  | { readonly kind: 'load'; readonly job: number; readonly round: number; readonly model: BlobId }
  /** Train `H` steps. */
  | {
      readonly kind: 'train'
      readonly job: number
      readonly round: number
      readonly sequence: number
      readonly from: 'base' | 'mixture'
    }
  | { readonly kind: 'publish'; readonly job: number; readonly round: number; readonly sequence: number }
  | { readonly kind: 'mix'; readonly job: number; readonly round: number }
  | { readonly kind: 'timer'; readonly job: number; readonly ms: number }
  /** What is under way is of no more use. */
  | { readonly kind: 'abort' }

type Step = readonly [ContributorState, readonly ContributorEffect[]]

export function contributorAt(round: number, model: BlobId, patienceMs: number): ContributorState {
  const head = { round, model }
  const failed = { failures: 0, trainingFailed: false }
  return { phase: 'idle', head, held: -1, sequence: 0, job: 0, ...failed, quorum: true, patienceMs }
}

export function contribute(state: ContributorState, input: ContributorInput): Step {
  switch (input.kind) {
    case 'head': {
      if (input.round <= state.head.round) return [state, []]
      const next = { ...state, head: { round: input.round, model: input.model }, sequence: 0, failures: 0 }
      return state.phase === 'paused' || state.phase === 'idle' ? [next, []] : load(next, [{ kind: 'abort' }])
    }
    case 'resume':
      return state.phase === 'paused' || state.phase === 'idle' ? load(state, []) : [state, []]
    case 'pause':
      return [{ ...state, phase: 'paused', job: state.job + 1 }, [{ kind: 'abort' }]]
    case 'quorum': {
      if (input.reachable === state.quorum) return [state, []]
      const next = { ...state, quorum: input.reachable }
      return state.phase === 'waiting' ? wait(next) : [next, []]
    }
    case 'done':
      return input.job === state.job ? onDone(state) : [state, []]
    case 'failed':
      return input.job === state.job ? onFailed(state) : [state, []]
    case 'timer':
      return input.job === state.job ? onTimer(state) : [state, []]
    default:
      return input satisfies never
  }
}

function load(state: ContributorState, before: readonly ContributorEffect[]): Step {
  const job = state.job + 1
  const { round, model } = state.head
  return [{ ...state, phase: 'loading', job }, [...before, { kind: 'load', job, round: round + 1, model }]]
}

function isBehind(state: ContributorState): boolean {
  return state.held < state.head.round
}

function train(state: ContributorState, from: 'base' | 'mixture'): Step {
  const job = state.job + 1
  const { sequence, head } = state
  return [{ ...state, phase: 'training', job }, [{ kind: 'train', job, round: head.round + 1, sequence, from }]]
}

function mix(state: ContributorState): Step {
  const job = state.job + 1
  return [{ ...state, phase: 'mixing', job }, [{ kind: 'mix', job, round: state.head.round + 1 }]]
}

function onDone(state: ContributorState): Step {
  switch (state.phase) {
    case 'loading':
      return train({ ...hopeful(state), held: state.head.round }, 'base')
    case 'mixing':
      return train(hopeful(state), 'mixture')
    case 'training':
      return publish({ ...state, failures: 0, trainingFailed: false })
    case 'publishing':
      return wait({ ...state, sequence: state.sequence + 1 })
    default:
      return [state, []]
  }
}

/** What was to be done before training is done; that says nothing of a training that failed. */
function hopeful(state: ContributorState): ContributorState {
  return state.trainingFailed ? state : { ...state, failures: 0 }
}

function publish(state: ContributorState): Step {
  // The committee takes nothing that counts from another model than the committed one.
  if (isBehind(state) && state.quorum) return load(state, [])
  const job = state.job + 1
  const { sequence, head } = state
  return [{ ...state, phase: 'publishing', job }, [{ kind: 'publish', job, round: head.round + 1, sequence }]]
}

function wait(state: ContributorState): Step {
  if (isBehind(state) && state.quorum) return load(state, [])
  const job = state.job + 1
  return [{ ...state, phase: 'waiting', job }, [{ kind: 'timer', job, ms: state.quorum ? state.patienceMs : aloneMs }]]
}

/** Tries again after a while, from the committed model: 1 s, 2 s, 4 s … at most a minute. */
function onFailed(state: ContributorState): Step {
  // Nobody has the committed model and no seed will bring it soon: what is held is worked on.
  if (state.phase === 'loading' && !state.quorum && state.held >= 0) {
    return state.sequence === 0 ? train(state, 'base') : mix(state)
  }
  const job = state.job + 1
  const failures = state.failures + 1
  const trainingFailed = state.trainingFailed || state.phase === 'training'
  const ms = Math.min(second * 2 ** (failures - 1), 60 * second)
  return [{ ...state, phase: 'loading', job, failures, trainingFailed }, [{ kind: 'timer', job, ms }]]
}

function onTimer(state: ContributorState): Step {
  if (state.phase === 'loading') return load(state, [])
  if (state.phase !== 'waiting') return [state, []]
  return isBehind(state) ? load(state, []) : mix(state)
}
