/** This browser's identity: made on the first visit, the same after every reload, never sent. @module */
import { createIdentity, type Identity, type RecordStore } from '../peer-core/index.ts'

const key = 'identity/secret-seed'

export async function loadIdentity(records: RecordStore): Promise<Identity> {
  const kept = await records.get(key)
  const identity = createIdentity(kept)
  if (kept === undefined) await records.put(key, identity.secretSeed)
  return identity
}
