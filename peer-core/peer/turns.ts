/** One piece of work at a time, for what shares a machine: the urgent first, and otherwise in the order of asking. @module */

type Job = () => Promise<void>

export class Turns {
  readonly #urgent: Job[] = []
  readonly #usual: Job[] = []
  #isWorking = false

  /** @returns what the work does, when its turn has come */
  take<T>(work: () => Promise<T>, urgency: 'urgent' | 'usual' = 'usual'): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const jobs = urgency === 'urgent' ? this.#urgent : this.#usual
    jobs.push(() => work().then(resolve, reject))
    if (!this.#isWorking) void this.#work()
    return promise
  }

  async #work(): Promise<void> {
    this.#isWorking = true
    // A job never rejects: who asked for it has its error.
    for (let job = this.#next(); job !== undefined; job = this.#next()) await job()
    this.#isWorking = false
  }

  #next(): Job | undefined {
    return this.#urgent.shift() ?? this.#usual.shift()
  }
}

/** Time that some of the work may take, all together, ms: counted while it runs, not while it waits. */
export class TimeBudget {
  #left: number

  constructor(ms: number) {
    this.#left = ms
  }

  get isSpent(): boolean {
    return this.#left <= 0
  }

  spend(ms: number): void {
    this.#left -= ms
  }

  /** What has not begun is not wanted any more. */
  end(): void {
    this.#left = 0
  }
}
