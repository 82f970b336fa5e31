/** One figure of a benchmark. `baseline` was measured in the same run, `bar` is what it is to reach. */
export interface BenchResult {
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly baseline?: number
  readonly bar?: number
  /** that it was measured on, where that is not the file's */
  readonly commit?: string
}
