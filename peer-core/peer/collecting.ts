/** Runs the collector machine of a committee member: its fetches, its deadline. @module */
import type { BlobId, ContributionId, PeerId } from '../foundation/index.ts'
import { sleep } from '../ports/index.ts'
import { type Claim, type CollectorInput, type CollectorState, collect, type Order, openRound } from '../round/index.ts'
import type { Rejected } from '../wire/index.ts'
import type { Deltas, Judged } from './deltas.ts'
import type { SessionContext } from './session-context.ts'

/**
 * What was not to be had is asked for again, so often and so much later: a holder that many ask turns some of them away, and
 * another member may have it by then.
 */
const mostTries = 3
const againMs = 250

export interface Collected {
  readonly round: number
  readonly accepted: readonly Claim[]
  readonly rejected: readonly Rejected[]
}

export interface CollectingParts {
  readonly deltas: Pick<Deltas, 'get'>
  /** Who goes first, as of the head, where there is not room for all. */
  readonly order: Order<PeerId>
  /** Whether a commit of nothing but admissions has a use. */
  letsIn(): boolean
  /** A delta was not to be had. */
  onFailed(id: ContributionId): void
  onClosed(collected: Collected): void
}

export class Collecting {
  readonly #context: SessionContext
  readonly #parts: CollectingParts
  #state: CollectorState | undefined
  #cancelTick: () => void = () => undefined

  constructor(context: SessionContext, parts: CollectingParts) {
    this.#context = context
    this.#parts = parts
  }

  get deadline(): number | undefined {
    return this.#state?.closed ? undefined : this.#state?.deadline
  }

  /** What came in time and was found good: so far, or when the round closed. */
  get verified(): Claim[] {
    const entries = [...(this.#state?.peers.values() ?? [])]
    return entries.flatMap(({ state, claim }) => (state === 'verified' && claim !== undefined ? [claim] : []))
  }

  open(round: number, base: BlobId, modelBytes: number, unawaited: ReadonlySet<PeerId>): void {
    const { clock, spec } = this.#context
    const { order } = this.#parts
    this.#state = openRound({ round, base, modelBytes, rules: spec.round, unawaited, order, now: clock.now() })
    this.#tickAt(this.#state.deadline)
  }

  stop(): void {
    this.#cancelTick()
    this.#state = undefined
  }

  feed(input: CollectorInput): void {
    if (this.#state === undefined) return
    const [state, effects] = collect(this.#state, input)
    this.#state = state
    for (const effect of effects) {
      switch (effect.kind) {
        case 'fetch':
          void this.#fetch(effect.claim)
          break
        case 'extend':
          this.#tickAt(effect.deadline)
          break
        case 'close':
          this.#cancelTick()
          this.#parts.onClosed({ round: state.round, accepted: effect.accepted, rejected: effect.rejected })
          break
        default:
          effect satisfies never
      }
    }
  }

  async #fetch(claim: Claim): Promise<void> {
    const judged = await this.#get(claim)
    if ('delta' in judged) this.feed({ kind: 'verified', id: claim.id })
    else {
      this.#parts.onFailed(claim.id)
      this.feed({ kind: 'rejected', id: claim.id, reason: judged.reason })
    }
  }

  async #get(claim: Claim): Promise<Judged> {
    const { clock, signal } = this.#context
    for (let tries = 1; ; tries++) {
      const judged = await this.#parts.deltas.get(claim)
      const mayCome = 'reason' in judged && judged.reason === 'unavailable' && !judged.isProven
      if (!mayCome || tries === mostTries || signal.aborted) return judged
      await sleep(clock, againMs)
    }
  }

  #tickAt(at: number): void {
    const { clock } = this.#context
    this.#cancelTick()
    this.#cancelTick = clock.after(Math.max(0, at - clock.now()), () =>
      this.feed({ kind: 'tick', now: clock.now(), letsIn: this.#parts.letsIn() }),
    )
  }
}
