/**
 * From logits to probabilities and to how good they are: on the CPU in float64, the same for every engine, so that two
 * engines differ in their logits only.
 * @module
 */
import type { Evaluation, Labels } from '../ports/index.ts'

/** Above as many classes a confusion matrix is not kept: nobody reads it. */
export const mostConfused = 32

/**
 * Softmax of each row, in place.
 *
 * @param logits - `n × classes`
 */
export function softmaxRows(logits: Float32Array, classes: number): void {
  for (let from = 0; from < logits.length; from += classes) {
    const row = logits.subarray(from, from + classes)
    const greatest = row[greatestOf(row)]!
    let sum = 0
    for (let i = 0; i < classes; i++) sum += Math.exp(row[i]! - greatest)
    for (let i = 0; i < classes; i++) row[i] = Math.exp(row[i]! - greatest) / sum
  }
}

/** Takes logits part by part and says what they add up to. */
export interface Scoring {
  /**
   * @param logits - `n × classes`; of equal greatest logits the first counts
   * @param labels - of `n`
   */
  add(logits: Float32Array, labels: Labels): void
  /** @param examples - how many they were, several labels to one where it has several positions */
  result(examples: number): Evaluation
}

export function scoring(classes: number): Scoring {
  const confusion = classes <= mostConfused ? new Uint32Array(classes * classes) : undefined
  const margins: [number[], number[]] = [[], []]
  let [loss, correct, count] = [0, 0, 0]
  return {
    add(logits, labels) {
      for (let n = 0; n < labels.length; n++) {
        const row = logits.subarray(n * classes, (n + 1) * classes)
        const label = labels[n]!
        const predicted = greatestOf(row)
        loss += crossEntropy(row, label, predicted)
        if (predicted === label) correct++
        if (confusion !== undefined) confusion[label * classes + predicted]! += 1
        if (classes === 2) margins[label]!.push(row[1]! - row[0]!)
      }
      count += labels.length
    },
    result(examples) {
      const auc = classes === 2 ? areaUnderRoc(margins[1], margins[0]) : undefined
      return {
        loss: loss / count,
        accuracy: correct / count,
        examples,
        ...(auc === undefined ? {} : { auc }),
        ...(classes === 2 && confusion ? { f1: f1Of(confusion) } : {}),
        ...(confusion === undefined ? {} : { confusion: Array.from(confusion) }),
      }
    },
  }
}

/**
 * The chance that a positive scores above a negative, ties counting half: Hanley, McNeil, "The Meaning and Use of the Area
 * under a Receiver Operating Characteristic (ROC) Curve", Radiology 1982, by ranks. O(n log n).
 *
 * @returns `undefined` unless there are both positives and negatives
 */
export function areaUnderRoc(positives: readonly number[], negatives: readonly number[]): number | undefined {
  if (positives.length === 0 || negatives.length === 0) return undefined
  const scores = [
    ...positives.map((score) => ({ score, positive: true })),
    ...negatives.map((score) => ({ score, positive: false })),
  ].sort((a, b) => a.score - b.score)
  let rankSum = 0
  for (let from = 0, to = 0; from < scores.length; from = to) {
    while (to < scores.length && scores[to]!.score === scores[from]!.score) to++
    // Equal scores share the mean of their ranks, from + 1 … to.
    const rank = (from + 1 + to) / 2
    for (let i = from; i < to; i++) if (scores[i]!.positive) rankSum += rank
  }
  const pairs = positives.length * negatives.length
  return (rankSum - (positives.length * (positives.length + 1)) / 2) / pairs
}

/** Of the second of two classes: the harmonic mean of precision and recall; 0 when it neither occurs nor is predicted. */
function f1Of(confusion: Uint32Array): number {
  const [, wrongly = 0, missed = 0, rightly = 0] = confusion
  const all = 2 * rightly + wrongly + missed
  return all === 0 ? 0 : (2 * rightly) / all
}

/** Softmax cross-entropy of one row, in nats. */
function crossEntropy(row: Float32Array, label: number, greatest: number): number {
  let sum = 0
  for (let i = 0; i < row.length; i++) sum += Math.exp(row[i]! - row[greatest]!)
  return Math.log(sum) + row[greatest]! - row[label]!
}

/** Index of the first greatest value. */
function greatestOf(row: Float32Array): number {
  let greatest = 0
  for (let i = 1; i < row.length; i++) if (row[i]! > row[greatest]!) greatest = i
  return greatest
}
