/** Goes on with a text, token by token, as a model of sequences would. @module */
import type { Random } from '../foundation/index.ts'
import type { Trainer } from '../ports/index.ts'
import type { ModelSpec, TextLayout } from '../wire/index.ts'
import { tokenizerOf } from './data/text/tokenizer.ts'

export interface SampleOptions {
  /** what to go on with: at least one token */
  readonly prompt: string
  /** tokens to add */
  readonly length: number
  /** below 1 likelier tokens are preferred, above 1 unlikelier ones */
  readonly temperature?: number
  readonly random: Random
}

/**
 * A model that sees `context` tokens is shown the last ones; what stands behind them cannot be seen by a causal one.
 *
 * @returns the prompt and what follows; one call of `predict` a token
 */
export async function sampleText(
  trainer: Pick<Trainer, 'predict'>,
  model: ModelSpec,
  weights: Float32Array,
  layout: TextLayout,
  { prompt, length, temperature = 0.8, random }: SampleOptions,
): Promise<string> {
  const { context } = layout
  const { size, encode, decode } = tokenizerOf(layout)
  const tokens = Array.from(encode(prompt))
  if (tokens.length === 0) throw new RangeError('nothing to go on with: the prompt is empty')
  for (let added = 0; added < length; added++) {
    const seen = tokens.slice(-context)
    const window = new Float32Array(context)
    window.set(seen)
    const probabilities = await trainer.predict(model, weights, window)
    const at = (seen.length - 1) * size
    tokens.push(draw(probabilities.subarray(at, at + size), temperature, random))
  }
  return decode(tokens)
}

function draw(probabilities: Float32Array, temperature: number, random: Random): number {
  const shares = Array.from(probabilities, (p) => p ** (1 / temperature))
  let left = random.next() * shares.reduce((sum, share) => sum + share, 0)
  for (const [token, share] of shares.entries()) {
    left -= share
    if (left < 0) return token
  }
  return shares.length - 1
}
