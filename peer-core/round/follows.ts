/**
 * What makes a commit body the next one of its chain, as far as the chain alone tells: place, base, and nobody counted
 * twice. Whether the committee signed it is `consensus`' business, whether its result is right the recomputation's.
 * @module
 */
import type { CommitBody, LightFault, RunVerdict } from '../consensus/index.ts'
import { type Hash, type TaskId, ZenError } from '../foundation/index.ts'
import { provableReasons } from '../wire/index.ts'

export type CommitFault =
  | { code: 'GAP'; expected: number; actual: number }
  | { code: 'WRONG_PARENT'; round: number; expected: Hash; actual: Hash }
  | { code: 'NOT_CANONICAL'; where: string }
  /** of our own ledger */
  | { code: 'UNREADABLE'; round: number }
  /** the certificate does not prove it */
  | { code: 'UNPROVEN'; fault: Extract<RunVerdict, { ok: false }>['fault'] | LightFault }
export class CommitError extends ZenError<CommitFault> {}

/** What a commit must follow on: the commit before, or the task itself. */
export interface Parent {
  readonly task: TaskId
  readonly round: number
  readonly hash: Hash
  readonly model: Hash
  /** ms since 1970; of the task when there is no commit yet */
  readonly time: number
}

/** @throws {@link CommitError} `GAP`, `WRONG_PARENT`, `NOT_CANONICAL` */
export function checkFollows(body: CommitBody, parent: Parent): void {
  const next = parent.round + 1
  if (body.round !== next) throw new CommitError({ code: 'GAP', expected: next, actual: body.round })
  if (body.parent !== parent.hash) {
    throw new CommitError({ code: 'WRONG_PARENT', round: next, expected: parent.hash, actual: body.parent })
  }
  const where = notCanonical(body, parent)
  if (where !== undefined) throw new CommitError({ code: 'NOT_CANONICAL', where })
}

function notCanonical(body: CommitBody, parent: Parent): keyof CommitBody | undefined {
  // Every height ends one training round.
  if (body.height !== body.round) return 'height'
  if (body.time <= parent.time) return 'time'
  if (body.base !== parent.model) return 'base'
  const accepted = new Set(body.contributions.map(({ peer }) => peer))
  if (accepted.size !== body.contributions.length) return 'contributions'
  const unclear = body.rejected.some(({ peer, reason, id }) => {
    return accepted.has(peer) || (id !== undefined) !== provableReasons.has(reason)
  })
  return unclear ? 'rejected' : undefined
}
