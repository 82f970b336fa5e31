/**
 * Where a trainer takes its examples from: arrays in memory, or a blob of which it holds a few pieces at a time.
 *
 * From a blob, pieces of about {@link pieceBytes} in an order that is drawn for each pass; {@link piecesAtOnce} of them are
 * shuffled together, and read while the ones before are trained on. So a file that is sorted by class still gives mixed
 * batches, and a trainer holds no more than twice that, however large the file.
 * @module
 */
import { MiB, type Random, seededRandom } from '../foundation/index.ts'
import {
  type Examples,
  isStreamed,
  type Labels,
  type LoadableExamples,
  type StreamedExamples,
  TrainerError,
} from '../ports/index.ts'
import { batchesOf, exampleCount, gatherFeatures, gatherLabels, positionsOf } from './batches.ts'
import type { DataShape } from './model.ts'
import { sizeOf } from './shape.ts'

export const pieceBytes = MiB
export const piecesAtOnce = 4

export interface Batch {
  /** `size × shape`, as training sees them */
  readonly features: Float32Array
  readonly labels: Labels
}

export interface BatchReader {
  /** examples in each batch: what is asked for, or all where there are fewer */
  readonly size: number
  /** Overwrites the batch before. */
  next(): Batch | Promise<Batch>
}

export interface ExampleSource {
  readonly count: number
  readonly positions: number
  readonly labels: Labels
  /** What a model must fit; of a blob without features, which are bytes and no tokens. */
  readonly fit: DataShape & { readonly features: ArrayLike<number> }
  batches(batchSize: number, seed: number): BatchReader
  /** Features of `count` examples from `from` on, the caller's. */
  read(from: number, count: number): Float32Array | Promise<Float32Array>
}

/** @throws {@link TrainerError} `WRONG_LENGTH` where a blob has not as many bytes as the labels ask for */
export function sourceOf(examples: LoadableExamples): ExampleSource {
  return isStreamed(examples) ? streamedSource(examples) : memorySource(examples)
}

function memorySource(examples: Examples): ExampleSource {
  const [count, positions] = [exampleCount(examples), positionsOf(examples)]
  const size = sizeOf(examples.shape)
  return {
    count,
    positions,
    labels: examples.labels,
    fit: { ...examples, positions },
    batches(batchSize, seed) {
      const batches = batchesOf(count, batchSize, seed)
      const features = new Float32Array(batches.size * size)
      const labels = new Uint16Array(batches.size * positions)
      return {
        size: batches.size,
        next() {
          const indices = batches.next()
          gatherFeatures(examples, indices, features)
          gatherLabels(examples, positions, indices, labels)
          return { features, labels }
        },
      }
    },
    read(from, some) {
      const features = new Float32Array(some * size)
      gatherFeatures(examples, rangeOf(from, some), features)
      return features
    },
  }
}

function streamedSource(examples: StreamedExamples): ExampleSource {
  checkSize(examples)
  const { labels, shape, classes } = examples
  const count = labels.length
  return {
    count,
    positions: 1,
    labels,
    fit: { shape, classes, features: [] },
    batches: (batchSize, seed) => streamedBatches(examples, Math.min(batchSize, count), seed),
    async read(from, some) {
      return Float32Array.from(await bytesOf(examples, from, some), scaled)
    },
  }
}

/** @throws {@link TrainerError} `WRONG_LENGTH`, in bytes */
function checkSize({ features, labels, shape }: StreamedExamples): void {
  const expected = labels.length * sizeOf(shape)
  if (features.size !== expected) throw new TrainerError({ code: 'WRONG_LENGTH', expected, actual: features.size })
}

/** A few pieces, shuffled together. */
interface Deck {
  /** of each example in `pieces` */
  readonly at: readonly { readonly bytes: Uint8Array; readonly offset: number; readonly label: number }[]
}

function streamedBatches(examples: StreamedExamples, size: number, seed: number): BatchReader {
  const each = sizeOf(examples.shape)
  const features = new Float32Array(size * each)
  const labels = new Uint16Array(size)
  const decks = decksOf(examples, seededRandom(`${seed}/batches`))
  let [deck, taken]: [Deck, number] = [{ at: [] }, 0]
  let coming = decks()
  // A reader may be dropped with a deck on its way.
  coming.catch(() => {})
  return {
    size,
    async next() {
      for (let row = 0; row < size; row++) {
        if (taken === deck.at.length) {
          deck = await coming
          taken = 0
          coming = decks()
          coming.catch(() => {})
        }
        const { bytes, offset, label } = deck.at[taken++]!
        for (let i = 0; i < each; i++) features[row * each + i] = scaled(bytes[offset + i]!)
        labels[row] = label
      }
      return { features, labels }
    },
  }
}

/** Deals one deck after the other; when all pieces were dealt, they are shuffled anew. */
function decksOf(examples: StreamedExamples, random: Random): () => Promise<Deck> {
  const { labels, shape } = examples
  const each = sizeOf(shape)
  const perPiece = Math.max(1, Math.floor(pieceBytes / each))
  const order = Array.from({ length: Math.ceil(labels.length / perPiece) }, (_, i) => i)
  let left: number[] = []
  return async () => {
    if (left.length === 0) left = random.shuffle([...order])
    const dealt = left.splice(0, piecesAtOnce)
    const pieces = await Promise.all(
      dealt.map(async (piece) => {
        const from = piece * perPiece
        const some = Math.min(perPiece, labels.length - from)
        const bytes = await bytesOf(examples, from, some)
        return Array.from({ length: some }, (_, i) => ({ bytes, offset: i * each, label: labels[from + i]! }))
      }),
    )
    return { at: random.shuffle(pieces.flat()) }
  }
}

async function bytesOf({ features, shape }: StreamedExamples, from: number, count: number): Promise<Uint8Array> {
  const each = sizeOf(shape)
  return new Uint8Array(await features.slice(from * each, (from + count) * each).arrayBuffer())
}

function scaled(byte: number): number {
  return byte * (1 / 255)
}

function rangeOf(from: number, count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, i) => from + i)
}
