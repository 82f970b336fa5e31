/** Schemas of ids. @module */
import { z } from 'zod'
import {
  type BlobId,
  type ContributionId,
  type Hash,
  isHash,
  isPeerId,
  type PeerId,
  type TaskId,
} from '../foundation/index.ts'

const isHashText = (value: unknown) => typeof value === 'string' && isHash(value)

export const hashSchema = z.custom<Hash>(isHashText, 'expected 64 hex digits of a sha-256')
export const blobIdSchema = z.custom<BlobId>(isHashText, 'expected 64 hex digits of a blob id')
export const taskIdSchema = z.custom<TaskId>(isHashText, 'expected 64 hex digits of a task id')
export const contributionIdSchema = z.custom<ContributionId>(isHashText, 'expected 64 hex digits')
export const peerIdSchema = z.custom<PeerId>(
  (value) => typeof value === 'string' && isPeerId(value),
  'expected the peer id of an Ed25519 key (12D3KooW…)',
)
