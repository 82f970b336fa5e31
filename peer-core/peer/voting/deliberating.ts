/**
 * Answers what the machine asks of a member: to make a body when it is its turn, and to judge those of others. What is not to be
 * had now — a contribution, a base model — is asked for again, for as long as the height is open.
 * @module
 */
import type { Effect, Input } from '../../consensus/index.ts'
import { type Hash, messageOf, second } from '../../foundation/index.ts'
import { sleep } from '../../ports/index.ts'
import type { Parent } from '../../round/index.ts'
import type { Collected } from '../collecting.ts'
import type { SessionContext } from '../session-context.ts'
import type { Drafting } from './drafting.ts'
import type { EvidenceDesk } from './evidence-desk.ts'

const retryMs = second

/** Of each kind of input: it is stamped when its turn comes. */
export type TimelessInput = Input extends infer Kind ? (Kind extends Input ? Omit<Kind, 'now'> : never) : never

type Recompute = Extract<Effect, { type: 'recompute' }>
type Attempt = Pick<Extract<Effect, { type: 'build' }>, 'height' | 'round'>

export interface DeliberatingParts {
  readonly drafting: Drafting
  readonly evidence: EvidenceDesk
  head(): Parent
  /** Whether the machine still has this body before it. */
  isWanted(value: Hash): boolean
  answer(input: TimelessInput): void
}

export class Deliberating {
  readonly #context: SessionContext
  readonly #parts: DeliberatingParts
  #collected: Collected | undefined
  /** the attempt that a body is wanted for */
  #wanted: Attempt | undefined
  /** bodies that are judged */
  readonly #judged = new Set<Hash>()

  constructor(context: SessionContext, parts: DeliberatingParts) {
    this.#context = context
    this.#parts = parts
  }

  /** The round was collected: a body can be made of it. */
  close(collected: Collected): void {
    this.#collected = collected
    void this.#build()
  }

  /** A body is wanted, as soon as the round is collected. */
  build({ height, round }: Attempt): void {
    this.#wanted = { height, round }
    void this.#build()
  }

  /** Answers when it knows; its height may be over before that, or the body forgotten. Never rejects. */
  async recompute(asked: Recompute): Promise<void> {
    // Forgotten and put forward again meanwhile: the answer is on its way.
    if (this.#judged.has(asked.value)) return
    this.#judged.add(asked.value)
    await this.#recompute(asked).finally(() => this.#judged.delete(asked.value))
  }

  async #recompute({ height, value, body, proposer }: Recompute): Promise<void> {
    const { clock, signal, notice } = this.#context
    const { drafting, evidence, answer } = this.#parts
    for (let attempt = 0; this.#isOpen(height) && this.#parts.isWanted(value); attempt++) {
      const judged = await drafting.judge(body, proposer)
      if (!this.#isOpen(height)) return
      if (judged.verdict === 'valid') {
        const { score, objection, unproven } = judged
        if (objection !== undefined) notice('info', `round ${height}: against ${value.slice(0, 8)}: ${objection}`)
        evidence.recomputed(value, 'valid')
        return answer({
          type: 'verdict',
          height,
          value,
          verdict: 'valid',
          score,
          unproven,
          objection: objection !== undefined,
        })
      }
      if (judged.verdict === 'invalid' || attempt === 0) {
        notice('warning', `round ${height}: no vote for ${value.slice(0, 8)}: ${judged.why}`)
      }
      if (judged.verdict === 'invalid') {
        evidence.recomputed(value, 'invalid')
        return answer({ type: 'verdict', height, value, verdict: 'invalid' })
      }
      try {
        await sleep(clock, retryMs, signal)
      } catch {
        return
      }
    }
  }

  async #build(): Promise<void> {
    const { clock, notice } = this.#context
    const wanted = this.#wanted
    const collected = this.#collected
    if (wanted === undefined || collected?.round !== wanted.height) return
    this.#wanted = undefined
    try {
      const { bytes, hash, time, score } = await this.#parts.drafting.build(collected, wanted.round)
      this.#parts.answer({ type: 'built', ...wanted, value: hash, body: bytes, time, score })
    } catch (error) {
      if (!this.#isOpen(wanted.height)) return
      notice('warning', `round ${wanted.height}: could not propose: ${messageOf(error)}`)
      clock.after(retryMs, () => {
        if (!this.#isOpen(wanted.height)) return
        this.#wanted ??= wanted
        void this.#build()
      })
    }
  }

  #isOpen(height: number): boolean {
    return !this.#context.signal.aborted && this.#parts.head().round + 1 === height
  }
}
