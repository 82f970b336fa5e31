/**
 * The machine's timers. A proposer that is gone is not waited for to the end: a wait for a proposal is cut short while there is
 * neither a proposal nor a connection to whoever is to make it.
 *
 * When a timer fires decides how fast a round passes and never what is safe (arXiv:1807.04938, section 3.3). What is cut short
 * grows with the round as the wait itself does, so that a proposal that comes by way of others is in time in the end.
 * @module
 */
import type { Timer } from '../../consensus/index.ts'
import { second } from '../../foundation/index.ts'
import type { Clock } from '../../ports/index.ts'

/** Between two looks at whether the proposer is there, ms; more with each round. */
const look = { base: 2 * second, perRound: 2 * second }

export interface TimersParts {
  readonly clock: Clock
  fire(timer: Timer): void
  /** Whether nothing can be expected of the proposer of the timer's round: no proposal is here, and no connection to it. */
  isHopeless(timer: Timer): boolean
}

export class Timers {
  readonly #parts: TimersParts
  readonly #running = new Set<() => void>()

  constructor(parts: TimersParts) {
    this.#parts = parts
  }

  set(timer: Timer, afterMs: number): void {
    const { clock, fire, isHopeless } = this.#parts
    const lookMs = timer.step === 'propose' ? look.base + look.perRound * timer.round : afterMs
    const cancel = clock.after(Math.min(lookMs, afterMs), () => {
      this.#running.delete(cancel)
      if (lookMs >= afterMs || isHopeless(timer)) fire(timer)
      else this.set(timer, afterMs - lookMs)
    })
    this.#running.add(cancel)
  }

  clear(): void {
    for (const cancel of this.#running) cancel()
    this.#running.clear()
  }
}
