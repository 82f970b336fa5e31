/**
 * Examples of a language model: `context` tokens, and at each position the token that follows. Windows follow one another
 * without overlap, and what does not fill the last one is dropped.
 * @module
 */
import type { Examples } from '../../../ports/index.ts'
import type { TextLayout } from '../../../wire/index.ts'
import { DataError } from '../../errors.ts'
import { tokenizerOf } from './tokenizer.ts'

/**
 * @param texts - each cut into windows of its own
 * @param name - of the text, in errors
 * @returns examples of shape `[context]` with `context` labels each, and which text each is of
 * @throws {@link DataError} `TEXT_TOO_SHORT` when no text fills a window
 */
export function windowsOf(
  texts: readonly string[],
  layout: TextLayout,
  name: string,
): { readonly examples: Examples; readonly textOf: readonly number[] } {
  const { context } = layout
  const tokenizer = tokenizerOf(layout)
  const tokens = texts.map((text) => tokenizer.encode(text))
  const counts = tokens.map(({ length }) => Math.max(0, Math.floor((length - 1) / context)))
  const count = counts.reduce((sum, one) => sum + one, 0)
  if (count === 0) {
    const found = tokens.reduce((most, { length }) => Math.max(most, length), 0)
    const fault = { code: 'TEXT_TOO_SHORT', file: name, tokens: found, needed: context + 1 } as const
    throw new DataError(fault, `${name}: has ${found} tokens; one example takes ${context + 1}`)
  }
  const features = new Uint16Array(count * context)
  const labels = new Uint16Array(count * context)
  let at = 0
  for (const [i, text] of tokens.entries()) {
    const length = counts[i]! * context
    features.set(text.subarray(0, length), at)
    labels.set(text.subarray(1, length + 1), at)
    at += length
  }
  const textOf = counts.flatMap((windows, i) => new Array<number>(windows).fill(i))
  return { examples: { shape: [context], classes: tokenizer.size, features, labels }, textOf }
}
