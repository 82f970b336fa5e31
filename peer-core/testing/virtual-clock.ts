/**
 * Time that passes only when a test says so, in one fixed order: by time, then by when the timer was set.
 *
 * Between two timers every promise settles that can, so that everything a timer's promises lead to has happened before the
 * next one fires. Work that is really asynchronous (a training worker, a file) is passed through {@link VirtualClock.hold}:
 * time stands still until it is done, and its results come in the order in which they were held, however fast each was.
 * @module
 */
import type { Clock } from '../ports/index.ts'

export interface VirtualClock extends Clock {
  /** Runs every timer up to and at `untilMs` (on this clock, not a duration) and leaves the clock there. */
  run(untilMs: number): Promise<void>
  /** Runs the next `ms`, or until `signal` is aborted, looked at after every timer. */
  advance(ms: number, signal?: AbortSignal): Promise<void>
  /**
   * Runs until `predicate` holds, looking after every timer.
   * @throws {Error} when it does not hold within `maxMs`, or when nothing is left that could change it
   */
  runUntil(predicate: () => boolean, maxMs: number): Promise<void>
  /**
   * Runs until `work` settles, and gives its result.
   * @throws {Error} when it does not settle within `maxMs`
   */
  finish<T>(work: Promise<T>, maxMs: number): Promise<T>
  /** Time stands still until `work` settles. It is released only while the clock runs. */
  hold<T>(work: Promise<T>): Promise<T>
  /** timers that are still to fire */
  readonly pending: number
}

interface Timer {
  readonly at: number
  readonly sequence: number
  /** `undefined` once cancelled; the heap forgets it when its time comes. */
  call: (() => void) | undefined
}

interface Held {
  readonly settled: Promise<void>
  readonly release: () => void
}

/** @param options.start - milliseconds since 1970 at which the clock begins; 0 when absent */
export function createVirtualClock(options: { start?: number } = {}): VirtualClock {
  let now = options.start ?? 0
  let sequence = 0
  let live = 0
  let running = false
  const heap = createHeap()
  const held: Held[] = []

  const fireNext = (timer: Timer) => {
    now = Math.max(now, timer.at)
    const call = timer.call
    timer.call = undefined
    live--
    call?.()
  }

  /** Lets promises settle, and again after each piece of held work, until nothing more happens by itself. */
  const settle = async () => {
    await turn()
    for (let next = held.shift(); next !== undefined; next = held.shift()) {
      await next.settled
      next.release()
      await turn()
    }
  }

  /** @returns whether `done` became true; otherwise the clock stands at `untilMs` */
  const runWhile = async (untilMs: number, done: () => boolean, stopWhenIdle: boolean): Promise<boolean> => {
    if (running) throw new TypeError('the virtual clock is running already: await its last run first')
    running = true
    try {
      await settle()
      for (;;) {
        if (done()) return true
        const next = heap.peek()
        if (next === undefined && stopWhenIdle) return false
        if (next === undefined || next.at > untilMs) break
        heap.pop()
        fireNext(next)
        await settle()
      }
      now = Math.max(now, untilMs)
      return false
    } finally {
      running = false
    }
  }

  return {
    now: () => Math.floor(now),
    after(ms, call) {
      const timer: Timer = { at: now + Math.max(0, ms || 0), sequence: sequence++, call }
      live++
      heap.push(timer)
      return () => {
        if (timer.call === undefined) return
        timer.call = undefined
        live--
        heap.forget()
      }
    },
    async run(untilMs) {
      await runWhile(untilMs, () => false, false)
    },
    async advance(ms, signal) {
      await runWhile(now + ms, () => signal?.aborted ?? false, false)
    },
    async runUntil(predicate, maxMs) {
      const from = now
      if (await runWhile(from + maxMs, predicate, true)) return
      const why = live === 0 ? `nothing was left to happen after ${now - from} ms` : `not within ${maxMs} ms`
      throw new Error(`the virtual clock waited in vain: ${why}`)
    },
    async finish(work, maxMs) {
      let settled = false
      const mark = () => {
        settled = true
      }
      work.then(mark, mark)
      await this.runUntil(() => settled, maxMs)
      return work
    },
    hold<T>(work: Promise<T>): Promise<T> {
      const gate = Promise.withResolvers<void>()
      held.push({ settled: work.then(noop, noop), release: gate.resolve })
      return gate.promise.then(() => work)
    },
    get pending() {
      return live
    },
  }
}

function noop() {}

/** Every promise that can settle by itself has settled after it. */
const turn: () => Promise<void> = typeof process === 'object' ? createTick() : createTurn()

/**
 * In Node a tick runs when no promise is left to settle, without the event loop's calls to the system; that turns once in a
 * while, for signals and whoever else waits for it.
 */
function createTick(): () => Promise<void> {
  let ticks = 0
  return () =>
    new Promise((resolve) => {
      if (ticks++ % 256 === 0) setImmediate(resolve)
      else process.nextTick(resolve)
    })
}

/** In a browser a message of our own comes after all of them; a timer of 0 ms would take 4. */
function createTurn(): () => Promise<void> {
  const { port1, port2 } = new MessageChannel()
  const waiting: (() => void)[] = []
  port1.onmessage = () => waiting.shift()?.()
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve)
      port2.postMessage(undefined)
    })
}

/** Binary heap, least `(at, sequence)` first. */
function createHeap() {
  const timers: Timer[] = []
  let cancelled = 0
  const before = (a: Timer, b: Timer) => a.at < b.at || (a.at === b.at && a.sequence < b.sequence)

  const siftUp = (from: number) => {
    let i = from
    const moved = timers[i]!
    while (i > 0) {
      const parent = (i - 1) >> 1
      if (!before(moved, timers[parent]!)) break
      timers[i] = timers[parent]!
      i = parent
    }
    timers[i] = moved
  }
  const siftDown = (from: number) => {
    let i = from
    const moved = timers[i]!
    for (;;) {
      let child = 2 * i + 1
      if (child >= timers.length) break
      if (child + 1 < timers.length && before(timers[child + 1]!, timers[child]!)) child++
      if (!before(timers[child]!, moved)) break
      timers[i] = timers[child]!
      i = child
    }
    timers[i] = moved
  }
  const pop = (): Timer | undefined => {
    const first = timers[0]
    const last = timers.pop()
    if (first !== undefined && last !== first) {
      timers[0] = last!
      siftDown(0)
    }
    return first
  }

  return {
    push(timer: Timer) {
      timers.push(timer)
      siftUp(timers.length - 1)
    },
    /** the next timer that was not cancelled */
    peek(): Timer | undefined {
      while (timers[0] !== undefined && timers[0].call === undefined) {
        pop()
        cancelled--
      }
      return timers[0]
    },
    pop,
    /** Cancelled timers stay until they surface, but never more of them than of the others. */
    forget() {
      cancelled++
      if (cancelled <= 64 || cancelled * 2 <= timers.length) return
      const kept = timers.filter((timer) => timer.call !== undefined)
      timers.length = 0
      timers.push(...kept)
      for (let i = (timers.length >> 1) - 1; i >= 0; i--) siftDown(i)
      cancelled = 0
    },
  }
}
