/**
 * A `Trainer` that lives in a worker. When the worker dies, calls that wait reject with `ENGINE_LOST`, and the next call
 * starts another one and hands it the data again: a tab whose GPU was reset goes on with the next round, and one whose engine
 * fails at once with the next engine.
 *
 * Examples are kept here for that, by reference; the worker has a copy. Of many images both hold a blob, whose bytes a browser
 * keeps out of their memory. A cancel rejects at once, whatever the worker does; one that does not stop, or does not open, take
 * data or answer, because it hangs, is taken for dead.
 * @module
 */
import * as comlink from 'comlink'
import { MiB, minute } from '../../foundation/index.ts'
import {
  type EngineInfo,
  type EngineName,
  type Examples,
  isStreamed,
  type LoadableExamples,
  type SpawnedWorker,
  type Trainer,
  TrainerError,
} from '../../ports/index.ts'
import type { TrainerOptions } from '../engines.ts'
import { sizeOf } from '../shape.ts'
import type { CallId } from './protocol.ts'
import { engineSuccession, type OpenOptions } from './succession.ts'
import { openLink, type WorkerLink } from './worker-link.ts'

/** Images of more bytes than this are streamed. */
export const streamedAbove = 8 * MiB

/** Many images as a blob; everything else as it is. */
function laidAside(examples: Examples): LoadableExamples {
  const { features, labels } = examples
  if (!(features instanceof Uint8Array) || features.length <= streamedAbove) return examples
  // A sequence of bytes has labels at every position: it stays in memory.
  if (labels.length * sizeOf(examples.shape) !== features.length) return examples
  return { ...examples, features: new Blob([features as Uint8Array<ArrayBuffer>]) }
}

/** Longer than any step that is of use in a round. */
const defaultPatienceMs = 2 * minute

export interface RemoteTrainerOptions extends TrainerOptions {
  /**
   * How long a worker may go on with what it was told to stop, and take for what nobody can stop (to open, to take data, to
   * answer), before it is taken for dead; two minutes.
   */
  readonly patienceMs?: number
  /** Told when an engine was given up: `next` trains from now on. */
  readonly onGivenUp?: (lost: EngineName, next: EngineInfo) => void
}

/**
 * @param spawn - starts a worker that runs `serveTrainer`
 * @throws {@link TrainerError} `NO_ENGINE`; `ENGINE_LOST` when the worker does not start
 */
export async function createRemoteTrainer(
  spawn: () => SpawnedWorker,
  init: RemoteTrainerOptions = {},
): Promise<Trainer> {
  const { onTrial, onGivenUp, patienceMs = defaultPatienceMs, ...options } = init
  const loaded = new Map<string, LoadableExamples>()
  const succession = engineSuccession(options)
  const closing = new AbortController()
  let lastCall: CallId = 0
  const first = await openLink(spawn(), options, patienceMs, closing.signal)
  for (const trial of first.trials) onTrial?.(trial)
  let engine = first.engine
  let link: Promise<WorkerLink> = Promise.resolve(first)

  const failUnlessOpen = () => {
    if (closing.signal.aborted) throw new TrainerError({ code: 'ENGINE_LOST', engine: engine.name, reason: 'closed' })
  }

  /** The first of these that opens. */
  const openOneOf = async (choices: readonly OpenOptions[]): Promise<WorkerLink> => {
    let failure: unknown
    for (const choice of choices) {
      failUnlessOpen()
      try {
        return await openLink(spawn(), choice, patienceMs, closing.signal)
      } catch (error) {
        failure = error
        const { engine: name = 'auto' } = choice
        const isLost = error instanceof TrainerError && error.code === 'ENGINE_LOST'
        if (name !== 'auto' && isLost && !closing.signal.aborted) succession.lost(name, false)
      }
    }
    succession.exhausted()
    throw failure
  }

  /** A worker in the place of one that was lost, with the data. */
  const replace = async (): Promise<WorkerLink> => {
    const before = engine
    const fresh = await openOneOf(succession.after(before.name))
    // The measured speed is still the best guess for the same engine.
    if (fresh.engine.name !== before.name) engine = fresh.engine
    try {
      for (const [data, examples] of loaded) await fresh.call('load', (service) => service.load(data, examples))
    } catch (error) {
      if (fresh.lost) succession.lost(fresh.engine.name, false)
      await fresh.end('it could not take the data again')
      throw error
    }
    if (succession.hasGivenUp(before.name)) onGivenUp?.(before.name, engine)
    return fresh
  }

  const connected = async (): Promise<WorkerLink> => {
    failUnlessOpen()
    const before = link
    const present = await before.catch(() => undefined)
    if (present !== undefined && !present.lost) return present
    // Of several calls that find it lost, one replaces it.
    if (link === before) {
      if (present !== undefined) succession.lost(present.engine.name, present.worked)
      link = replace()
    }
    return link
  }

  /** Runs a call that can be cancelled. @param start - its `fail` rejects the call and cancels it */
  const cancellable = async <T>(
    signal: AbortSignal | undefined,
    start: (link: WorkerLink, call: CallId, fail: (reason: unknown) => void) => Promise<T>,
  ): Promise<T> => {
    signal?.throwIfAborted()
    const call = ++lastCall
    const stopped = Promise.withResolvers<never>()
    let cancel = () => {}
    const fail = (reason: unknown) => {
      stopped.reject(reason)
      cancel()
    }
    const onAbort = () => fail(signal?.reason)
    signal?.addEventListener('abort', onAbort, { once: true })
    try {
      const present = await Promise.race([connected(), stopped.promise])
      const asked = start(present, call, fail)
      cancel = () => present.cancel(call, asked)
      return await Promise.race([asked, stopped.promise])
    } finally {
      signal?.removeEventListener('abort', onAbort)
    }
  }

  return {
    get engine() {
      return engine
    },

    async load(data, given) {
      const present = await connected()
      const examples = isStreamed(given) ? given : laidAside(given)
      loaded.set(data, examples)
      await present.call('load', (service) => service.load(data, examples))
    },

    async unload(data) {
      loaded.delete(data)
      const present = await link.catch(() => undefined)
      // A later worker is not given it.
      if (present !== undefined && !present.lost) await present.call('unload', (service) => service.unload(data))
    },

    async train(job, { signal, onProgress } = {}) {
      let ended = false
      try {
        return await cancellable(signal, (present, call, fail) => {
          const report = comlink.proxy((progress: Parameters<NonNullable<typeof onProgress>>[0]) => {
            if (ended) return
            try {
              onProgress?.(progress)
            } catch (error) {
              fail(error)
            }
          })
          return present.call('train', (service) => service.train(call, job, onProgress && report))
        })
      } finally {
        ended = true
      }
    },

    evaluate: (job, { signal } = {}) =>
      cancellable(signal, (present, call) => present.call('evaluate', (service) => service.evaluate(call, job))),

    async predict(model, weights, features) {
      const present = await connected()
      return present.call('predict', (service) => service.predict(model, weights, features))
    },

    async close() {
      if (closing.signal.aborted) return
      closing.abort()
      loaded.clear()
      const present = await link.catch(() => undefined)
      await present?.end('closed')
    },
  }
}
