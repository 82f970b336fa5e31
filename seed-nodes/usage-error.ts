/**
 * What a person gave us cannot be used: one line that says what and where, exit code 2, and nothing changed.
 * @module
 */
import { StoreError } from '../peer-core/index.ts'
import { DataError, FormatError, ModelError } from '../peer-core/learning/index.ts'
import { NetworkError } from '../peer-core/network/index.ts'
import { SimulationError } from '../simulator/index.ts'
import { HttpError } from './http/index.ts'

export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Faults of other rooms that are a person's to mend: their message is one clear line already. */
export function asUsageError(error: unknown): Error | undefined {
  const theirs =
    error instanceof UsageError ||
    error instanceof DataError ||
    error instanceof ModelError ||
    error instanceof FormatError ||
    error instanceof HttpError ||
    error instanceof SimulationError ||
    (error instanceof NetworkError && error.code === 'CANNOT_LISTEN') ||
    (error instanceof StoreError && ['LOCKED', 'NEWER_FORMAT', 'UNUSABLE'].includes(error.code))
  return theirs ? (error as Error) : undefined
}
