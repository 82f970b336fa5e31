/**
 * What the seed that served this page tells over plain HTTP, `GET /api/status`: enough to show what could be joined
 * before this device connects to anybody.
 * @module
 */
import { z } from 'zod'
import { isHash, isPeerId, messageOf, type PeerId, type TaskId, taskSchema, ZenError } from '../peer-core/index.ts'
import { exampleShape } from '../peer-core/learning/data/example-shape.ts'
import { checkModel } from '../peer-core/learning/model.ts'
import { check } from '../peer-core/wire/codec.ts'

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

const namedSchema = z.object({ spec: z.object({ name: z.string().max(200) }) })

// Not strict: a seed may tell more than the page reads.
export const seedSchema = z.object({
  peerId: peerIdSchema,
  /** addresses at which a browser can dial the seed */
  multiaddrs: z.array(z.string().max(512)).max(64),
})
const seedStatusSchema = seedSchema.extend({ tasks: z.array(z.unknown()).max(256) })

export interface SeedStatus extends z.infer<typeof seedSchema> {
  readonly tasks: readonly Offer[]
  /** Tasks that this page cannot take part in, and why: a layer that it does not know, a model too large for anybody. */
  readonly unusable: readonly { readonly name: string; readonly why: string }[]
}

export type SeedStatusFault = { code: 'NO_ANSWER' } | { code: 'UNREADABLE'; status: number }
export class SeedStatusError extends ZenError<SeedStatusFault> {}

/** @throws {@link SeedStatusError} `NO_ANSWER`, `UNREADABLE`; `AbortError` when `signal` aborts */
export async function fetchSeedStatus(signal: AbortSignal): Promise<SeedStatus> {
  const response = await fetch('/api/status', { signal, cache: 'no-store' }).catch((cause: unknown) => {
    if (signal.aborted) throw signal.reason
    throw new SeedStatusError({ code: 'NO_ANSWER' }, 'the seed does not answer', { cause })
  })
  const body: unknown = response.ok ? await response.json().catch(() => undefined) : undefined
  return readSeedStatus(body, response.status)
}

/** @throws {@link SeedStatusError} `UNREADABLE` where it is no status at all */
export function readSeedStatus(body: unknown, status = 200): SeedStatus {
  const read = seedStatusSchema.safeParse(body)
  if (!read.success) {
    const fault = { code: 'UNREADABLE', status } as const
    throw new SeedStatusError(fault, 'the seed answered something that this page cannot read', { cause: read.error })
  }
  const tasks: Offer[] = []
  const unusable: { name: string; why: string }[] = []
  for (const task of read.data.tasks) {
    try {
      const offer = check(offerSchema, task)
      checkModel(offer.spec.model, exampleShape(offer.spec.data))
      tasks.push(offer)
    } catch (error) {
      const named = namedSchema.safeParse(task)
      unusable.push({ name: named.success ? named.data.spec.name : 'A task', why: messageOf(error) })
    }
  }
  return { ...read.data, tasks, unusable }
}
