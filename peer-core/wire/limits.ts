/** Every limit of the wire in one place. What exceeds one is refused before it is decoded. @module */
import { kiB, MiB, minute, second } from '../foundation/index.ts'

export const limits = {
  /** one gossip message, its envelope included */
  gossipBytes: 64 * kiB,
  /** one chunk of a blob */
  chunkBytes: 64 * kiB,
  /** a manifest travels as one chunk: 32 bytes for each of at most `blobChunks` */
  manifestBytes: 64 * kiB,
  blobChunks: 2_000,
  /** 2,000 chunks of 64 KiB */
  blobBytes: 125 * MiB,
  /** one frame of the exchange protocol: a chunk and its header */
  exchangeFrameBytes: 64 * kiB + 1 * kiB,
  /** one frame of the sync protocol */
  syncFrameBytes: 256 * kiB,
  /** one message of the committee: a commit body, and what is signed about it */
  consensusBytes: 56 * kiB,
  /** a commit and its certificate, in an envelope or a sync answer */
  commitBytes: 56 * kiB,
  /** a task's envelope */
  taskBytes: 32 * kiB,
  /** contributions named by one commit */
  contributionsPerRound: 160,
  /** an envelope of type `scores` */
  scoresBytes: 2 * kiB,
  /** of them in one commit */
  scoresPerRound: 31,
  /** an envelope of type `application` */
  applicationBytes: 1 * kiB,
  /** peers that one commit lets in */
  admissionsPerCommit: 32,
  /** applications that a peer holds for the commits to come */
  applications: 256,
  /** rejections told by one commit; with the contributions it fits into one gossip message */
  rejectionsPerRound: 128,
  /** members of a committee */
  committeeMembers: 21,
  /** peers that a newcomer is introduced to by one of them */
  introductions: 16,
  /** how far a message's time may lie ahead of ours */
  clockSkewMs: 2 * minute,
  /** a presence older than this is gone */
  presenceMs: 20 * second,
  /** addresses in a presence, and characters of one */
  addresses: 8,
  addressCharacters: 512,
  /** parameters of a model */
  parameters: 32_000_000,
} as const
