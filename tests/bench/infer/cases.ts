/** What is measured: how long a person waits for an answer about one image. @module */
export interface InferCase {
  readonly preset: 'cnn' | 'mlp'
  readonly answers: number
}

export interface InferMeasured {
  /** milliseconds of each answer, in order */
  readonly fresh: readonly number[]
  /** of the same questions asked again */
  readonly remembered: readonly number[]
  /** steps that the training worker made meanwhile: it was busy */
  readonly steps: number
}

export const data = { shape: [28, 28, 1], classes: 10 }
