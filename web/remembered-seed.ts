/** The seed that this browser met last, for a start while the page comes from the cache and the seed is away. @module */
import type { RecordStore } from '../peer-core/index.ts'
import { type SeedStatus, seedSchema } from './seed-status.ts'

export type Seed = Pick<SeedStatus, 'peerId' | 'multiaddrs'>

const key = 'seed/last'

export async function rememberSeed(records: RecordStore, { peerId, multiaddrs }: Seed): Promise<void> {
  await records.put(key, new TextEncoder().encode(JSON.stringify({ peerId, multiaddrs })))
}

export async function rememberedSeed(records: RecordStore): Promise<Seed | undefined> {
  const bytes = await records.get(key)
  if (bytes === undefined) return undefined
  const read = seedSchema.safeParse(JSON.parse(new TextDecoder().decode(bytes)))
  return read.success ? read.data : undefined
}
