/**
 * What the seed that served this page tells over plain HTTP, `GET /api/status`: enough to show what could be joined
 * before this device connects to anybody.
 * @module
 */
import { z } from 'zod'
import { isHash, isPeerId, type PeerId, type TaskId, taskSchema, ZenError } from '../peer-core/index.ts'

const taskIdSchema = z.custom<TaskId>((id) => typeof id === 'string' && isHash(id))
const peerIdSchema = z.custom<PeerId>((id) => typeof id === 'string' && isPeerId(id))

const offerSchema = z.object({
  id: taskIdSchema,
  spec: taskSchema,
  /** the last committed round */
  round: z.int().min(0),
  /** how many take part, seeds included */
  peers: z.int().min(0),
  /** of the last committed model on the seed's test examples */
  accuracy: z.number().min(0).max(1).optional(),
})
/** A task that can be joined. */
export type Offer = z.infer<typeof offerSchema>

// Not strict: a seed may tell more than the page reads.
export const seedSchema = z.object({
  peerId: peerIdSchema,
  /** addresses at which a browser can dial the seed */
  multiaddrs: z.array(z.string().max(512)).max(64),
})
const seedStatusSchema = seedSchema.extend({ tasks: z.array(offerSchema).max(256) })
export type SeedStatus = z.infer<typeof seedStatusSchema>

export type SeedStatusFault = { code: 'NO_ANSWER' } | { code: 'UNREADABLE'; status: number }
export class SeedStatusError extends ZenError<SeedStatusFault> {}

/** @throws {@link SeedStatusError} `NO_ANSWER`, `UNREADABLE`; `AbortError` when `signal` aborts */
export async function fetchSeedStatus(signal: AbortSignal): Promise<SeedStatus> {
  const response = await fetch('/api/status', { signal, cache: 'no-store' }).catch((cause: unknown) => {
    if (signal.aborted) throw signal.reason
    throw new SeedStatusError({ code: 'NO_ANSWER' }, 'the seed does not answer', { cause })
  })
  const body: unknown = response.ok ? await response.json().catch(() => undefined) : undefined
  const read = seedStatusSchema.safeParse(body)
  if (read.success) return read.data
  const fault = { code: 'UNREADABLE', status: response.status } as const
  throw new SeedStatusError(fault, 'the seed answered something that this page cannot read', { cause: read.error })
}
