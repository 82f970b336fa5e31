/**
 * Label flip: a liar trains as asked, on wrong labels. What it sends is a genuine delta of a genuine model.
 *
 * Fang, Cao, Jia, Gong, "Local Model Poisoning Attacks to Byzantine-Robust Federated Learning", USENIX Security 2020
 * ({@link https://arxiv.org/abs/1911.11815 | arXiv:1911.11815}).
 * @module
 */

/** `y → classes − 1 − y`; the labels given are not changed. */
export function flipLabels(labels: Uint8Array, classes: number): Uint8Array {
  return labels.map((label) => classes - 1 - label)
}
