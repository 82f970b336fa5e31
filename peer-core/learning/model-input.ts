/** What a model, its weights and the examples for it must be to one another. @module */
import { TrainerError } from '../ports/index.ts'
import type { ModelSpec } from '../wire/index.ts'
import { ModelError } from './errors.ts'
import { checkModel, type DataShape, logitsOf, parameterCount, sizeOf, vocabularyOf } from './model.ts'

/** @throws {@link ModelError} as {@link checkModel}, `UNKNOWN_TOKEN`; {@link TrainerError} `WRONG_LENGTH` */
export function checkFit(
  model: ModelSpec,
  weights: Float32Array,
  data: DataShape & { readonly features: ArrayLike<number> },
): void {
  checkModel(model, data)
  checkWeights(model, weights)
  const vocabulary = vocabularyOf(model)
  if (vocabulary !== undefined) checkTokens(data.features, vocabulary)
}

/** @throws {@link TrainerError} `WRONG_LENGTH` */
export function checkWeights(model: ModelSpec, weights: Float32Array): void {
  checkLength(parameterCount(model), weights.length)
}

/**
 * For features without labels.
 *
 * @returns how many examples they are
 * @throws as {@link checkFit}
 */
export function checkFeatures(model: ModelSpec, features: Float32Array): number {
  checkModel(model, { ...logitsOf(model), shape: model.input })
  const vocabulary = vocabularyOf(model)
  if (vocabulary !== undefined) checkTokens(features, vocabulary)
  const size = sizeOf(model.input)
  const count = Math.ceil(features.length / size)
  checkLength(count * size, features.length)
  return count
}

function checkTokens(tokens: ArrayLike<number>, vocabulary: number): void {
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at]!
    if (Number.isInteger(token) && token >= 0 && token < vocabulary) continue
    const told = `token ${token} at ${at} is not one of the ${vocabulary} that the model knows`
    throw new ModelError({ code: 'UNKNOWN_TOKEN', at, token, vocabulary }, told)
  }
}

function checkLength(expected: number, actual: number): void {
  if (actual !== expected) throw new TrainerError({ code: 'WRONG_LENGTH', expected, actual })
}
