/**
 * Verifies an unbroken run of commits, as a peer that was away gets it: however long it is, by few certificates. Its last block is
 * verified by skipping, and the blocks before it by the chain of parent hashes that leads back from there. Who will serve them to others
 * checks every certificate nonetheless.
 * @module
 */
import { bisect } from './light-client.ts'
import {
  type LightBlock,
  type LightFault,
  type LightOptions,
  readBlock,
  type Trusted,
  verifyLight,
} from './light-verifier.ts'

export type RunVerdict =
  | { readonly ok: true; readonly head: Trusted }
  | { readonly ok: false; readonly fault: LightFault | { readonly code: 'NOT_PROVIDED' } }

/**
 * Verifies an unbroken run of commits that begins right above `head`: signatures where they are needed, parent hashes
 * everywhere.
 *
 * @param blocks - at least one, heights ascending by one
 */
export function verifyRun(
  head: Trusted,
  blocks: readonly LightBlock[],
  now: number,
  options: LightOptions,
  everyCertificate = false,
): RunVerdict {
  const first = head.header.height + 1
  const asking = bisect(head, head.header.height + blocks.length, now, options)
  let next = asking.next()
  while (!next.done) next = asking.next(blocks[next.value - first])
  if (!next.value.ok) return next.value
  let before = head
  for (const block of blocks) {
    const verdict = everyCertificate ? verifyLight(before, block, now, options) : readBlock(block, options)
    if (!verdict.ok) return verdict
    const { header } = verdict.trusted
    if (header.parent !== before.value) {
      return { ok: false, fault: { code: 'WRONG_PARENT', expected: before.value, actual: header.parent } }
    }
    before = verdict.trusted
  }
  return { ok: true, head: before }
}
