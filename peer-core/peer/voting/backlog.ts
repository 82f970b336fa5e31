/**
 * What waits for the consensus machine's next step, in order. Steps wait for the store; while it hangs, what others send may not pile up
 * without end. What this peer owes itself (its timers, its verdicts) always has room; statements that are let go are repaired
 * by gossip, and statuses, which anyone may send and which come again each second, are let go first.
 * @module
 */
import type { PeerId } from '../../foundation/index.ts'
import type { TimelessInput } from './deliberating.ts'

/** Of messages of at most 64 KiB. */
export const mostWaiting = 512
export const mostStatusesWaiting = 64

export class Backlog {
  readonly #self: PeerId
  #inputs: TimelessInput[] = []
  #messages = 0
  #statuses = 0

  constructor(self: PeerId) {
    this.#self = self
  }

  /** @returns whether there was room */
  push(input: TimelessInput): boolean {
    const [message, status] = this.#countOf(input)
    if (this.#messages + message > mostWaiting || this.#statuses + status > mostStatusesWaiting) return false
    this.#inputs.push(input)
    this.#messages += message
    this.#statuses += status
    return true
  }

  shift(): TimelessInput | undefined {
    const input = this.#inputs.shift()
    if (input === undefined) return undefined
    const [message, status] = this.#countOf(input)
    this.#messages -= message
    this.#statuses -= status
    return input
  }

  clear(): void {
    this.#inputs = []
    this.#messages = 0
    this.#statuses = 0
  }

  /** As a message of somebody else, and as a status. */
  #countOf(input: TimelessInput): readonly [number, number] {
    if (input.type !== 'message' || input.from === this.#self) return [0, 0]
    return [1, Number(input.message.type === 'status')]
  }
}
