/** Whether the bytes of a contribution may enter an aggregate. @module */
import { checkContribution } from '../aggregation/index.ts'
import { bytesToFloats, type RejectionReason } from '../wire/index.ts'

/**
 * @param bytes - as fetched, already checked against the announced hash
 * @param length - parameters of the model
 */
export function judgeDelta(
  bytes: Uint8Array,
  length: number,
  maxNorm: number,
): { delta: Float32Array } | { reason: RejectionReason } {
  if (bytes.length !== 4 * length) return { reason: 'wrong-size' }
  const delta = bytesToFloats(bytes, length)
  const fault = checkContribution(delta, { length, maxNorm })
  switch (fault?.code) {
    case undefined:
      return { delta }
    case 'WRONG_SHAPE':
      return { reason: 'wrong-size' }
    case 'NON_FINITE':
      return { reason: 'non-finite' }
    case 'NORM_EXCEEDED':
      return { reason: 'norm-exceeded' }
  }
}
