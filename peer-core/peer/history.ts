/**
 * What the commits add up to for a person to see: rounds, and what this peer added to them.
 * @module
 */
import type { BlobId, PeerId } from '../foundation/index.ts'
import type { StoredEvaluation } from '../ports/index.ts'
import type { Commit } from './commit.ts'
import type { RoundView } from './snapshot.ts'

/** Rounds kept for a page. */
const shownRounds = 500

export class History {
  readonly #self: PeerId
  readonly #genesis: BlobId
  #rounds: RoundView[] = []
  #confusion: readonly number[] | undefined
  /** Claims that a commit has taken: what they said of their training. */
  #mine = { accepted: 0, rejected: 0, examples: 0, steps: 0 }

  /** @param genesis - the model that the task begins with */
  constructor(self: PeerId, genesis: BlobId) {
    this.#self = self
    this.#genesis = genesis
  }

  /** @param told - of the contributions in it, as far as their claims were heard */
  add(commit: Commit, told?: { trainingLoss: number | undefined; mySteps: number }): void {
    const { body, hash } = commit
    const own = body.contributions.find(({ peer }) => peer === this.#self)
    const mine = own ? 'accepted' : body.rejected.some(({ peer }) => peer === this.#self) ? 'rejected' : 'none'
    this.#mine = {
      accepted: this.#mine.accepted + (mine === 'accepted' ? 1 : 0),
      rejected: this.#mine.rejected + (mine === 'rejected' ? 1 : 0),
      examples: this.#mine.examples + (own?.examples ?? 0),
      steps: this.#mine.steps + (own ? (told?.mySteps ?? 0) : 0),
    }
    this.#rounds = [
      ...this.#rounds.slice(1 - shownRounds),
      {
        round: body.round,
        hash,
        model: body.result,
        contributors: body.contributions.map(({ peer }) => peer),
        rejected: body.rejected,
        at: body.time,
        mine,
        ...(told?.trainingLoss === undefined ? {} : { trainingLoss: told.trainingLoss }),
      },
    ]
  }

  evaluated(
    { round, loss, accuracy, auc, f1 }: Pick<StoredEvaluation, 'round' | 'loss' | 'accuracy' | 'auc' | 'f1'>,
    confusion?: readonly number[],
  ): void {
    const figures = { loss, accuracy, ...(auc === undefined ? {} : { auc }), ...(f1 === undefined ? {} : { f1 }) }
    this.#rounds = this.#rounds.map((view) => (view.round === round ? { ...view, ...figures } : view))
    if (confusion !== undefined) this.#confusion = confusion
  }

  /** Of the last evaluation that had one. */
  get confusion(): readonly number[] | undefined {
    return this.#confusion
  }

  get rounds(): readonly RoundView[] {
    return this.#rounds
  }

  get mine() {
    return this.#mine
  }

  /** The model of a round among those kept here; of round 0 the one that the task begins with. */
  modelOf(round: number): BlobId | undefined {
    return round === 0 ? this.#genesis : this.#rounds.find((view) => view.round === round)?.model
  }

  /**
   * The model of a round, unless another is made of the same bytes: the first, or a later one. Training that stands still commits one
   * model over and over, and whoever forgets it by its first round has lost it.
   */
  modelOnlyOf(round: number): BlobId | undefined {
    const model = this.modelOf(round)
    const isAgain = this.#rounds.some((view) => view.round > round && view.model === model)
    return isAgain || model === this.#genesis ? undefined : model
  }
}
