/** Files that a person chose, read as the task says. They go no further than this tab. @module */
import type { LoadableExamples, TaskSpec } from '../peer.ts'
import { decodeImage } from './decode-image.ts'

export interface ChosenData {
  readonly examples: LoadableExamples
  /** `131 healthy`, by class; of a text none are counted */
  readonly classes: readonly { readonly name: string; readonly count: number }[]
  /** how many examples there are */
  readonly count: number
}

/** @throws {@link DataError} that names the file, and in it the row or the column */
export async function readFiles(files: readonly File[], data: TaskSpec['data']): Promise<ChosenData> {
  // Parsers and unpackers are loaded when somebody has files.
  const { classCounts, readOwnFiles } = await import('../../peer-core/learning/index.ts')
  const named = files.map((file) => ({ name: file.webkitRelativePath || file.name, blob: file }))
  const examples = await readOwnFiles(named, data, decodeImage)
  const counts = classCounts(examples)
  const names = data.kind === 'text' ? [] : data.classes
  const classes = names.map((name, i) => ({ name, count: counts[i]! }))
  const positions = data.kind === 'text' ? data.context : 1
  return { examples, classes, count: examples.labels.length / positions }
}
