/**
 * Text as token ids and back: a token a byte of UTF-8, or a token a character of the task's alphabet and one for all others.
 * @module
 */
import type { TextLayout } from '../../../wire/index.ts'

export interface Tokenizer {
  /** how many ids there are */
  readonly size: number
  encode(text: string): Uint16Array
  /** What is no character of the alphabet becomes `�`. */
  decode(tokens: ArrayLike<number>): string
}

export function tokenizerOf({ tokens, alphabet }: Pick<TextLayout, 'tokens' | 'alphabet'>): Tokenizer {
  return tokens === 'bytes' ? byteTokenizer() : characterTokenizer(alphabet)
}

/** Every character of a text once, in order of code points. */
export function alphabetOf(text: string): string {
  return [...new Set(text)].sort((a, b) => a.codePointAt(0)! - b.codePointAt(0)!).join('')
}

function byteTokenizer(): Tokenizer {
  return {
    size: 256,
    encode: (text) => Uint16Array.from(new TextEncoder().encode(text)),
    decode: (tokens) => new TextDecoder().decode(Uint8Array.from(tokens)),
  }
}

function characterTokenizer(alphabet: string): Tokenizer {
  const characters = [...alphabet]
  const unknown = characters.length
  const idOf = new Map(characters.map((character, id) => [character, id]))
  return {
    size: characters.length + 1,
    encode: (text) => Uint16Array.from([...text], (character) => idOf.get(character) ?? unknown),
    decode: (tokens) => Array.from(tokens, (id) => characters[id] ?? '\ufffd').join(''),
  }
}
