/** How many examples of each class there are: what one looks at before training. @module */
import type { Examples } from '../../ports/index.ts'

/** Labels of each class; of a sequence every position counts. */
export function classCounts({ labels, classes }: Pick<Examples, 'labels' | 'classes'>): number[] {
  const counts = new Array<number>(classes).fill(0)
  for (const label of labels) counts[label]! += 1
  return counts
}
