/** This peer's seat in the committee: voting begins when it is given one and ends when it loses it. @module */
import { messageOf } from '../../foundation/index.ts'
import type { SessionContext } from '../session-context.ts'
import type { Voting } from './voting.ts'

export interface SeatParts {
  isMember(): boolean
  createVoting(): Voting
}

export class Seat {
  readonly #context: SessionContext
  readonly #parts: SeatParts
  #voting: Voting | undefined
  /** Of the last one that ended. */
  #ended: Promise<void> = Promise.resolve()
  #started = false

  constructor(context: SessionContext, parts: SeatParts) {
    this.#context = context
    this.#parts = parts
  }

  /** While this peer is a member. */
  get voting(): Voting | undefined {
    return this.#voting
  }

  /** The committee may have changed. */
  update(): void {
    const isMember = this.#parts.isMember()
    if (isMember === (this.#voting !== undefined)) return
    if (this.#voting !== undefined) this.#ended = this.#voting.stop()
    this.#voting = isMember ? this.#parts.createVoting() : undefined
    if (this.#started) this.#begin()
  }

  #begin(): void {
    const voting = this.#voting
    // On the same log as the one before it.
    const begun = this.#ended.then(() => (this.#voting === voting ? voting?.start() : undefined))
    begun.catch((error: unknown) => {
      if (!this.#context.signal.aborted) this.#context.notice('warning', `does not vote: ${messageOf(error)}`)
    })
  }

  async start(): Promise<void> {
    this.#started = true
    await this.#voting?.start()
  }

  /** Nothing is signed after the call, nor written to the log after it resolves. */
  async stop(): Promise<void> {
    await Promise.all([this.#voting?.stop(), this.#ended])
  }
}
