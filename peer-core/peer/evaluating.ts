/**
 * Evaluates committed models, one after another, on test examples of our own, which never leave this peer, or on the task's; and
 * tells the result.
 * @module
 */
import { type BlobId, messageOf, second } from '../foundation/index.ts'
import { decodeExamples, exampleShape } from '../learning/data/index.ts'
import { deadline, type Examples, type Trainer } from '../ports/index.ts'
import type { EvaluationMessage } from '../wire/index.ts'
import type { Models } from './models.ts'
import type { SessionContext } from './session-context.ts'

export class Evaluating {
  readonly #context: SessionContext
  readonly #models: Models
  readonly #trainer: Trainer
  readonly #own: Examples | undefined
  #queue: Promise<void> = Promise.resolve()

  constructor(context: SessionContext, models: Models, trainer: Trainer, own: Examples | undefined) {
    this.#context = context
    this.#models = models
    this.#trainer = trainer
    this.#own = own
  }

  /** Loads the test examples. */
  async start(): Promise<void> {
    const { exchange, spec } = this.#context
    if (this.#own !== undefined) return this.#trainer.load(this.#name, this.#own)
    const { test } = spec.data
    if (test === undefined) return
    const { signal } = deadline(this.#context.clock, 60 * second, this.#context.signal)
    const { bytes } = await exchange.fetch(test.blob, {
      providers: spec.committee.map((member) => member.peer),
      maxBytes: test.bytes,
      signal,
    })
    await this.#trainer.load(this.#name, decodeExamples(bytes, exampleShape(spec.data)))
  }

  evaluate(round: number, model: BlobId): void {
    this.#queue = this.#queue
      .then(() => this.#evaluate(round, model))
      .catch((error: unknown) => {
        if (this.#context.signal.aborted) return
        this.#context.notice('warning', `round ${round} was not evaluated: ${messageOf(error)}`)
      })
  }

  async #evaluate(round: number, model: BlobId): Promise<void> {
    const { spec, signal, task, say } = this.#context
    const weights = await this.#models.stored(model)
    if (weights === undefined) return
    const job = { model: spec.model, data: this.#name, weights }
    const { confusion, ...figures } = await this.#trainer.evaluate(job, { signal })
    if (signal.aborted) return
    const told = confusion === undefined ? figures : { ...figures, confusion: [...confusion] }
    say('evaluation', { task, round, model, ...told } satisfies EvaluationMessage)
  }

  get #name(): string {
    return `${this.#context.task}/test`
  }
}
