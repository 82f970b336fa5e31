/**
 * What this peer finds of others' contributions, when it is drawn to score a round: each is tried alone on held-out examples of its own
 * as soon as it is here, and what was found is told once the round's commit says which of them count. And what others found, kept
 * for the next body.
 *
 * Nothing waits for a score: what was not tried in time has none.
 * @module
 */
import type { ContributionId, PeerId } from '../foundation/index.ts'
import { second } from '../foundation/index.ts'
import { sleep } from '../ports/index.ts'
import { scoreOf, TRIED } from '../reputation/index.ts'
import type { Claim, Parent } from '../round/index.ts'
import { limits, type ScoresMessage } from '../wire/index.ts'
import type { Commit } from './commit.ts'
import type { Deltas } from './deltas.ts'
import type { Evaluating } from './evaluating.ts'
import type { SessionContext } from './session-context.ts'
import type { Standings } from './standings.ts'
import { TimeBudget } from './turns.ts'

/** Of a round's deadline: trying contributions takes no more of this machine's time. */
const timeShare = 0.1
/** After the commit, for what is being tried then. */
const lateMs = 2 * second

export interface ScoringParts {
  readonly standings: Standings
  readonly deltas: Deltas
  /** Absent: this peer has nothing to try them on. */
  readonly evaluating: Evaluating | undefined
  head(): Parent
}

/** What is tried of one round. */
interface Trials {
  readonly scores: Map<ContributionId, Promise<number | null>>
  readonly budget: TimeBudget
}

interface Heard {
  readonly value: ScoresMessage
  readonly bytes: Uint8Array
}

export class Scoring {
  readonly #context: SessionContext
  readonly #parts: ScoringParts
  /** of the open round */
  #trials: Trials
  /** of each scorer the first, about the last commit or, from those who had it before us, the next */
  #heard = new Map<PeerId, Heard>()

  constructor(context: SessionContext, parts: ScoringParts) {
    this.#context = context
    this.#parts = parts
    this.#trials = this.#open()
  }

  /** Somebody contributes to the open round. */
  claim(claim: Claim): void {
    const { standings, evaluating } = this.#parts
    const { peer } = claim.contribution
    const self = this.#context.identity.peerId
    if (evaluating === undefined || peer === self || !standings.scorers.includes(self)) return
    const { scores, budget } = this.#trials
    if (scores.has(claim.id) || standings.bar(peer) !== undefined) return
    scores.set(claim.id, this.#try(claim, evaluating, budget))
  }

  /** The round is over: which contributions count is known. */
  committed({ body, hash }: Commit): void {
    const trials = this.#trials
    this.#trials = this.#open()
    for (const [peer, { value }] of this.#heard) {
      if (!this.#parts.standings.mayScore(peer, value)) this.#heard.delete(peer)
    }
    const found = body.contributions.map(({ id }) => trials.scores.get(id))
    const told = this.#tell(found, { round: body.round, commit: hash })
    // What has not begun by then is for nobody: it takes no time from the next round.
    void told.finally(() => trials.budget.end())
  }

  /** Whether a message is worth forwarding: it is of a scorer, about the last commit, or one that we do not have yet. */
  isFresh(from: PeerId, value: ScoresMessage): boolean {
    const { standings, head } = this.#parts
    if (this.#heard.has(from)) return false
    const early = value.round === head().round + 1
    return early ? standings.scorers.includes(from) : standings.mayScore(from, value)
  }

  hear(from: PeerId, value: ScoresMessage, bytes: Uint8Array): void {
    if (bytes.length <= limits.scoresBytes && this.isFresh(from, value)) this.#heard.set(from, { value, bytes })
  }

  /** For a body with room for so many bytes. */
  toPropose(room: number): Uint8Array[] {
    let left = room
    const chosen: Uint8Array[] = []
    for (const [peer, { value, bytes }] of this.#heard) {
      if (!this.#parts.standings.mayScore(peer, value) || bytes.length + framing > left) continue
      left -= bytes.length + framing
      chosen.push(bytes)
    }
    return chosen
  }

  #open(): Trials {
    return { scores: new Map(), budget: new TimeBudget(timeShare * this.#context.spec.round.deadlineMs) }
  }

  async #try(claim: Claim, evaluating: Evaluating, budget: TimeBudget): Promise<number | null> {
    const { spec } = this.#context
    const { deltas, head } = this.#parts
    const base = head().model
    if (claim.contribution.base !== base) return null
    const judged = await deltas.get(claim)
    if (!('delta' in judged) || budget.isSpent) return null
    const trial = await evaluating.trial(base, judged.delta, TRIED * spec.aggregation.outerLearningRate, budget)
    return trial === undefined ? null : scoreOf(trial)
  }

  async #tell(
    trials: readonly (Promise<number | null> | undefined)[],
    about: Pick<ScoresMessage, 'round' | 'commit'>,
  ): Promise<void> {
    if (trials.every((trial) => trial === undefined)) return
    const { clock, signal, say, task } = this.#context
    try {
      const late = sleep(clock, lateMs, signal).then(() => null)
      const scores = await Promise.all(
        trials.map((trial) => (trial === undefined ? null : Promise.race([trial, late]))),
      )
      if (scores.some((score) => score !== null)) say('scores', { task, ...about, scores } satisfies ScoresMessage)
    } catch {
      // The session ended.
    }
  }
}

/** of a byte string in a list */
const framing = 3
