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

interface Heard {
  readonly value: ScoresMessage
  readonly bytes: Uint8Array
}

export class Scoring {
  readonly #context: SessionContext
  readonly #parts: ScoringParts
  /** of the open round */
  #trials = new Map<ContributionId, Promise<number | null>>()
  #spentMs = 0
  /** of each scorer the first, about the last commit or, from those who had it before us, the next */
  #heard = new Map<PeerId, Heard>()

  constructor(context: SessionContext, parts: ScoringParts) {
    this.#context = context
    this.#parts = parts
  }

  /** Somebody contributes to the open round. */
  claim(claim: Claim): void {
    const { standings, evaluating } = this.#parts
    const { peer } = claim.contribution
    const self = this.#context.identity.peerId
    if (evaluating === undefined || peer === self || !standings.scorers.includes(self)) return
    if (this.#trials.has(claim.id) || standings.bar(peer) !== undefined) return
    this.#trials.set(claim.id, this.#try(claim, evaluating))
  }

  /** The round is over: which contributions count is known. */
  committed({ body, hash }: Commit): void {
    const trials = this.#trials
    this.#trials = new Map()
    this.#spentMs = 0
    for (const [peer, { value }] of this.#heard) {
      if (!this.#parts.standings.mayScore(peer, value)) this.#heard.delete(peer)
    }
    const found = body.contributions.map(({ id }) => trials.get(id))
    if (found.some((trial) => trial !== undefined)) void this.#tell(found, { round: body.round, commit: hash })
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

  async #try(claim: Claim, evaluating: Evaluating): Promise<number | null> {
    const { clock, spec } = this.#context
    const { deltas, head } = this.#parts
    const base = head().model
    if (claim.contribution.base !== base) return null
    const judged = await deltas.get(claim)
    if (!('delta' in judged) || this.#spentMs > timeShare * spec.round.deadlineMs) return null
    const started = clock.now()
    const trial = await evaluating.trial(base, judged.delta, TRIED * spec.aggregation.outerLearningRate)
    this.#spentMs += clock.now() - started
    return trial === undefined ? null : scoreOf(trial)
  }

  async #tell(
    trials: readonly (Promise<number | null> | undefined)[],
    about: Pick<ScoresMessage, 'round' | 'commit'>,
  ): Promise<void> {
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
