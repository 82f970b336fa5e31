/** The seed's identity in `<dir>/identity.key`: 64 hex digits that only its owner may read. @module */
import { chmod, mkdir, open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { bytesToHex, createIdentity, hexToBytes, type Identity } from '../peer-core/index.ts'
import { UsageError } from './usage-error.ts'

/** Reads the identity, or makes one on the first start. */
export async function loadIdentity(dir: string): Promise<Identity> {
  await mkdir(dir, { recursive: true })
  const path = join(dir, 'identity.key')
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (text !== undefined) {
    if (!/^[0-9a-f]{64}$/.test(text.trim())) {
      throw new UsageError(`${path} is not an identity: expected 64 hex digits; move it away to start as a new peer`)
    }
    return createIdentity(hexToBytes(text.trim()))
  }
  const identity = createIdentity()
  // Whole or not at all: a process killed here has lost nothing.
  const draft = await open(`${path}.new`, 'w', 0o600)
  await draft.writeFile(`${bytesToHex(identity.secretSeed)}\n`)
  await draft.sync()
  await draft.close()
  await rename(`${path}.new`, path)
  await chmod(path, 0o600)
  return identity
}
