/**
 * One call at a time, and after it only the newest of those that came meanwhile: a model that answers slower than a hand
 * draws is asked about the drawing as it is, not about every state it had.
 * @module
 */
export interface LatestOnly<Input> {
  ask(input: Input): void
  /** No answer is told after this. */
  close(): void
}

export function latestOnly<Input, Output>(
  call: (input: Input) => Promise<Output>,
  told: { answer(output: Output, input: Input): void; failure(error: unknown): void },
): LatestOnly<Input> {
  let busy = false
  let closed = false
  let waiting: { readonly input: Input } | undefined

  async function run(input: Input): Promise<void> {
    busy = true
    try {
      const output = await call(input)
      if (!closed) told.answer(output, input)
    } catch (error) {
      if (!closed) told.failure(error)
    }
    busy = false
    const next = waiting
    waiting = undefined
    if (next !== undefined && !closed) void run(next.input)
  }

  return {
    ask(input) {
      if (busy) waiting = { input }
      else void run(input)
    },
    close() {
      closed = true
    },
  }
}
