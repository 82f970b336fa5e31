/** Real data that lies beside a checkout; read where it is, never copied. Tests do without. */
import { readFile } from 'node:fs/promises'
import type { NamedBytes } from '../../peer-core/learning/index.ts'

const folder = new URL('../../../shared/data/', import.meta.url)

/** @throws when this machine does not have it */
export async function readShared(name: string): Promise<NamedBytes> {
  const file = await readFile(new URL(name, folder)).catch((cause: unknown) => {
    throw new Error(`this needs ${name} in ${folder.pathname}`, { cause })
  })
  return { name, bytes: new Uint8Array(file) }
}
