/**
 * From logits to probabilities, loss and accuracy: on the CPU in float64, the same for every engine, so that two engines
 * differ in their logits only.
 * @module
 */
import type { Labels } from '../ports/index.ts'

export interface Score {
  /** sum of cross-entropies, in nats */
  readonly loss: number
  readonly correct: number
}

/**
 * Softmax of each row, in place.
 *
 * @param logits - `n × classes`
 */
export function softmaxRows(logits: Float32Array, classes: number): void {
  for (let from = 0; from < logits.length; from += classes) {
    const row = logits.subarray(from, from + classes)
    const greatest = maximum(row)
    let sum = 0
    for (let i = 0; i < classes; i++) sum += Math.exp(row[i]! - greatest)
    for (let i = 0; i < classes; i++) row[i] = Math.exp(row[i]! - greatest) / sum
  }
}

/**
 * Softmax cross-entropy and hits, summed over rows. Of equal greatest logits the first counts.
 *
 * @param logits - `n × classes`
 * @param labels - of `n`
 */
export function scoreRows(logits: Float32Array, labels: Labels, classes: number): Score {
  let loss = 0
  let correct = 0
  for (let n = 0; n < labels.length; n++) {
    const row = logits.subarray(n * classes, (n + 1) * classes)
    const label = labels[n]!
    const greatest = maximum(row)
    let sum = 0
    for (let i = 0; i < classes; i++) sum += Math.exp(row[i]! - greatest)
    loss += Math.log(sum) + greatest - row[label]!
    if (row.indexOf(greatest) === label) correct++
  }
  return { loss, correct }
}

function maximum(row: Float32Array): number {
  let greatest = row[0]!
  for (let i = 1; i < row.length; i++) if (row[i]! > greatest) greatest = row[i]!
  return greatest
}
