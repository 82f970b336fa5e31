/**
 * Evaluates models, one after another and those that a vote waits for first, on test examples of our own, which never leave this peer, or on
 * the task's: committed ones, and tells the result; proposed ones for a committee member's score; single contributions for theirs.
 * @module
 */
import type { Score } from '../consensus/index.ts'
import { type BlobId, messageOf, second, seededRandom } from '../foundation/index.ts'
import { exampleCount } from '../learning/batches.ts'
import { exampleShape } from '../learning/data/example-shape.ts'
import { decodeExamples } from '../learning/data/shard-blob.ts'
import { takeExamples } from '../learning/data/sharding.ts'
import { deadline, type Evaluation, type Examples, type Trainer } from '../ports/index.ts'
import type { Trial } from '../reputation/index.ts'
import type { EvaluationMessage } from '../wire/index.ts'
import type { Models } from './models.ts'
import type { SessionContext } from './session-context.ts'
import { type TimeBudget, Turns } from './turns.ts'

/** Examples that a contribution is tried on. */
const triedOn = 256

export class Evaluating {
  readonly #context: SessionContext
  readonly #models: Models
  readonly #trainer: Trainer
  readonly #own: Examples | undefined
  readonly #turns = new Turns()
  #isLoaded = false
  #scored: { model: BlobId; evaluation: Evaluation } | undefined
  /** of the sample, by the model that contributions are tried on */
  #base: { model: BlobId; loss: number } | undefined
  /** of knowing nothing */
  #unitLoss = 1

  constructor(context: SessionContext, models: Models, trainer: Trainer, own: Examples | undefined) {
    this.#context = context
    this.#models = models
    this.#trainer = trainer
    this.#own = own
  }

  /** Loads the test examples; what is asked for meanwhile waits. */
  start(): void {
    this.#turns
      .take(() => this.#load())
      .catch((error: unknown) => {
        if (!this.#context.signal.aborted) this.#context.notice('warning', `nothing is evaluated: ${messageOf(error)}`)
      })
  }

  async #load(): Promise<void> {
    const examples = this.#own ?? (await this.#published())
    if (examples === undefined) return
    await this.#trainer.load(this.#name, examples)
    await this.#trainer.load(this.#sample, this.#few(examples))
    this.#unitLoss = Math.log(examples.classes)
    this.#isLoaded = true
  }

  /** Some of them, by a lot of this peer's own: enough to tell work that helps from work that harms. */
  #few(examples: Examples): Examples {
    const { identity, task } = this.#context
    const all = Array.from({ length: exampleCount(examples) }, (_, i) => i)
    const lot = seededRandom(`${identity.peerId}/${task}/held out`).shuffle(all).slice(0, triedOn)
    return takeExamples(examples, lot)
  }

  async #published(): Promise<Examples | undefined> {
    const { exchange, spec } = this.#context
    const { test } = spec.data
    if (test === undefined) return undefined
    const { signal } = deadline(this.#context.clock, 60 * second, this.#context.signal)
    const { bytes } = await exchange.fetch(test.blob, {
      providers: spec.committee.map((member) => member.peer),
      maxBytes: test.bytes,
      signal,
    })
    return decodeExamples(bytes, exampleShape(spec.data))
  }

  /**
   * What a step does to accuracy, before all else that waits for its turn: a vote depends on it; `null` when there is nothing to measure it on, or it failed.
   * @param result - a stored model, or weights that are none yet
   */
  score(base: BlobId, result: BlobId | Float32Array): Promise<Score | null> {
    const measure = async () => {
      const before = await this.#measure(base)
      const after = await this.#measure(result)
      return before && after ? { before: ppm(before), after: ppm(after), examples: after.examples } : null
    }
    return this.#turns.take(measure, 'urgent').catch(() => null)
  }

  /**
   * What a contribution does alone (reputation/scores.ts), on a few of the examples; `undefined` when there are none, the base is not
   * here, it failed, or the time for it was spent before its turn.
   * @param size - times the delta
   */
  trial(base: BlobId, delta: Float32Array, size: number, budget: TimeBudget): Promise<Trial | undefined> {
    const { clock } = this.#context
    const inTime = async () => {
      if (budget.isSpent) return undefined
      const started = clock.now()
      return this.#try(base, delta, size).finally(() => budget.spend(clock.now() - started))
    }
    return this.#turns.take(inTime).catch(() => undefined)
  }

  async #try(base: BlobId, delta: Float32Array, size: number): Promise<Trial | undefined> {
    const weights = await this.#models.stored(base)
    if (weights === undefined || !this.#isLoaded) return undefined
    if (this.#base?.model !== base) this.#base = { model: base, loss: await this.#lossOf(weights) }
    const trialLoss = await this.#lossOf(weights.map((weight, i) => weight + size * delta[i]!))
    return { baseLoss: this.#base.loss, trialLoss, unitLoss: this.#unitLoss }
  }

  async #lossOf(weights: Float32Array): Promise<number> {
    const { spec, signal } = this.#context
    return (await this.#trainer.evaluate({ model: spec.model, data: this.#sample, weights }, { signal })).loss
  }

  /** A result becomes the next base: measured once. */
  async #measure(model: BlobId | Float32Array): Promise<Evaluation | undefined> {
    if (this.#scored?.model === model) return this.#scored.evaluation
    const weights = typeof model === 'string' ? await this.#models.stored(model) : model
    if (weights === undefined || !this.#isLoaded) return undefined
    const { spec, signal } = this.#context
    const evaluation = await this.#trainer.evaluate({ model: spec.model, data: this.#name, weights }, { signal })
    if (typeof model === 'string') this.#scored = { model, evaluation }
    return evaluation
  }

  evaluate(round: number, model: BlobId): void {
    this.#turns
      .take(() => this.#evaluate(round, model))
      .catch((error: unknown) => {
        if (this.#context.signal.aborted) return
        this.#context.notice('warning', `round ${round} was not evaluated: ${messageOf(error)}`)
      })
  }

  async #evaluate(round: number, model: BlobId): Promise<void> {
    const { spec, signal, task, say } = this.#context
    const weights = await this.#models.stored(model)
    if (weights === undefined || !this.#isLoaded) return
    const job = { model: spec.model, data: this.#name, weights }
    const { confusion, ...figures } = await this.#trainer.evaluate(job, { signal })
    if (signal.aborted) return
    const told = confusion === undefined ? figures : { ...figures, confusion: [...confusion] }
    say('evaluation', { task, round, model, ...told } satisfies EvaluationMessage)
  }

  get #name(): string {
    return `${this.#context.task}/test`
  }

  get #sample(): string {
    return `${this.#context.task}/sample`
  }
}

/** in parts per million, as they are signed */
function ppm({ accuracy }: Evaluation): number {
  return Math.round(1e6 * accuracy)
}
