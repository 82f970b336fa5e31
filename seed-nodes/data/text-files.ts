/** A text file, or a folder of them: the last part is held out, and the rest goes speaker by speaker. @module */
import { MiB } from '../../peer-core/index.ts'
import { alphabetOf, decodeText, speakersOf, windowsOf } from '../../peer-core/learning/index.ts'
import type { TextLayout } from '../../peer-core/wire/index.ts'
import type { TextFileData } from '../task-file-data.ts'
import { readFiles } from './named-files.ts'
import type { SeedData } from './seed-data.ts'

export const textExtensions = ['.txt', '.text', '.md'] as const
/** What one file may weigh: it is held in memory as text. */
export const maxTextBytes = 256 * MiB

/** @throws {@link DataError} naming the file: `NOT_TEXT`, `TEXT_TOO_SHORT` */
export async function readTexts(path: string, data: TextFileData): Promise<SeedData> {
  const texts = (await readFiles(path, textExtensions, maxTextBytes)).map(decodeText)
  const { tokens, context, testShare } = data
  const alphabet = data.alphabet ?? (tokens === 'characters' ? alphabetOf(texts.join('')) : '')
  const layout: TextLayout = { tokens, alphabet, context }
  // A text that is too short is told by its own length, not by its parts'.
  windowsOf(
    texts.map((text) => text.slice(0, context + 1)),
    layout,
    path,
  )
  const cuts = texts.map((text) => Math.round((1 - testShare) * text.length))
  const speakers = texts.flatMap((text, i) => speakersOf(text.slice(0, cuts[i])))
  const { examples: train, textOf: writers } = windowsOf(
    speakers.map(({ text }) => text),
    layout,
    path,
  )
  if (testShare === 0) return { rules: { kind: 'text', ...layout }, train, writers }
  const held = texts.map((text, i) => text.slice(cuts[i]))
  return {
    rules: { kind: 'text', ...layout },
    train,
    test: windowsOf(held, layout, `${path}, its last part`).examples,
    writers,
  }
}
