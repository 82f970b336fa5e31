/**
 * What the page is doing, from the first look to leaving: a person decides, and nothing but a plain HTTP request to the
 * seed happens before that.
 *
 * ```
 * looking → offer → starting → live → leaving → offer
 *    ↓                 ↓  ↓      ↓
 * no-seed         failed  elsewhere (another tab trains)
 * ```
 * @module
 */
import { type LoadableExamples, messageOf } from '../peer-core/index.ts'
import type { Peer, SignedInvitation, TaskId, TaskView } from './peer.ts'
import type { Preferences } from './preferences.ts'
import type { SeedStatus } from './seed-status.ts'
import type { TabLock, Tenancy } from './single-tab.ts'

/** What takes a moment between *Contribute* and the first round, in order. */
export const startSteps = ['storage', 'engine', 'network', 'task'] as const
export type StartStep = (typeof startSteps)[number]

export type StartPeer = (options: {
  task: TaskId
  signal: AbortSignal
  onStep: (step: StartStep) => void
}) => Promise<Peer>

export type SessionState =
  | { readonly kind: 'looking' }
  | { readonly kind: 'no-seed'; readonly why: string }
  | { readonly kind: 'offer'; readonly seed: SeedStatus; readonly farewell?: TaskView['mine'] }
  | { readonly kind: 'starting'; readonly task: TaskId; readonly step: StartStep }
  | { readonly kind: 'failed'; readonly task: TaskId; readonly why: string }
  | { readonly kind: 'elsewhere'; readonly task: TaskId }
  | { readonly kind: 'live'; readonly task: TaskId; readonly peer: Peer }
  | { readonly kind: 'leaving' }

export interface Session {
  state(): SessionState
  /** @returns unsubscribes */
  subscribe(listener: () => void): () => void
  /** Carries on what a reload interrupted, or looks for what is offered. */
  begin(): Promise<void>
  look(): Promise<void>
  contribute(task: TaskId, options?: ContributeOptions): Promise<void>
  /** Ends a start that has not come far enough. */
  cancel(): Promise<void>
  pause(): void
  resume(): void
  leave(): Promise<void>
  /** Stops what runs, and stays stopped: the page goes away. */
  stop(): Promise<void>
}

export interface ContributeOptions {
  /** Takes the place of another tab. */
  readonly takeOver?: boolean
  /** Data of this person's, to train on instead of the task's; `undefined` = the task's, absent = as the last time. */
  readonly ownData?: LoadableExamples | undefined
}

export interface SessionParts {
  readonly startPeer: StartPeer
  readonly fetchSeedStatus: (signal: AbortSignal) => Promise<SeedStatus>
  readonly tabLock: TabLock
  /** That the page's link brought, for one task. */
  readonly invitation?: SignedInvitation | undefined
  readonly preferences: Pick<Preferences, 'contributingTo' | 'setContributingTo'>
}

/** One attempt to take part. Ending it aborts what it still does and undoes what it did. */
interface Attempt {
  readonly abort: AbortController
  tenancy?: Tenancy
  peer?: Promise<Peer>
}

export function createSession({ startPeer, fetchSeedStatus, tabLock, invitation, preferences }: SessionParts): Session {
  let state: SessionState = { kind: 'looking' }
  let attempt: Attempt = { abort: new AbortController() }
  let ownData: LoadableExamples | undefined
  const listeners = new Set<() => void>()

  function show(next: SessionState): void {
    state = next
    for (const listener of [...listeners]) listener()
  }

  /** Stops the peer, also one that is just starting, and only then lets another tab have the lock. */
  async function end(ended: Attempt): Promise<void> {
    ended.abort.abort()
    const peer = await ended.peer?.catch(() => undefined)
    await peer?.stop().catch(() => {})
    ended.tenancy?.release()
  }

  async function renew(): Promise<Attempt> {
    const previous = attempt
    const next: Attempt = { abort: new AbortController() }
    attempt = next
    await end(previous)
    return next
  }

  async function look(farewell?: TaskView['mine']): Promise<void> {
    if (farewell === undefined) show({ kind: 'looking' })
    const { signal } = (await renew()).abort
    if (signal.aborted) return
    try {
      const seed = await fetchSeedStatus(signal)
      if (!signal.aborted) show({ kind: 'offer', seed, farewell })
    } catch (error) {
      if (!signal.aborted) show({ kind: 'no-seed', why: messageOf(error) })
    }
  }

  /** A reload has no files: who chose some chooses them again. */
  function remember(task: TaskId | undefined): void {
    preferences.setContributingTo(ownData === undefined ? task : undefined)
  }

  async function contribute(task: TaskId, options: ContributeOptions = {}): Promise<void> {
    const { takeOver = false } = options
    if ('ownData' in options) ownData = options.ownData
    show({ kind: 'starting', task, step: 'storage' })
    const mine = await renew()
    const { signal } = mine.abort
    if (signal.aborted) return
    const showUnlessEnded = (next: SessionState) => signal.aborted || show(next)
    const giveWay = async () => {
      showUnlessEnded({ kind: 'elsewhere', task })
      await end(mine)
    }
    try {
      mine.tenancy = await tabLock.acquire({ takeOver, onLost: giveWay })
      if (mine.tenancy === undefined) return await giveWay()
      if (signal.aborted) return mine.tenancy.release()
      mine.peer = startPeer({ task, signal, onStep: (step) => showUnlessEnded({ kind: 'starting', task, step }) })
      const peer = await mine.peer
      if (signal.aborted) return
      show({ kind: 'starting', task, step: 'task' })
      await peer.join(task, {
        ...(ownData === undefined ? {} : { ownData }),
        ...(invitation?.invitation.task === task ? { invitation } : {}),
      })
      if (signal.aborted) return
      remember(task)
      show({ kind: 'live', task, peer })
    } catch (error) {
      showUnlessEnded({ kind: 'failed', task, why: messageOf(error) })
      await end(mine)
    }
  }

  return {
    state: () => state,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async begin() {
      const task = preferences.contributingTo()
      await (task === undefined ? look() : contribute(task))
    },
    look: () => look(),
    contribute,
    async cancel() {
      preferences.setContributingTo(undefined)
      await look()
    },
    pause() {
      if (state.kind !== 'live') return
      state.peer.pause(state.task)
      preferences.setContributingTo(undefined)
    },
    resume() {
      if (state.kind !== 'live') return
      state.peer.resume(state.task)
      remember(state.task)
    },
    async leave() {
      if (state.kind !== 'live') return
      const { peer, task } = state
      const farewell = peer.snapshot().tasks.find((view) => view.id === task)?.mine
      preferences.setContributingTo(undefined)
      show({ kind: 'leaving' })
      await peer.leave(task).catch(() => {})
      await look(farewell)
    },
    stop: () => end(attempt),
  }
}
