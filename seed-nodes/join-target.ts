/** Where to join: a multiaddr as it is, or the multiaddrs that a seed's page tells. @module */
import { multiaddr } from '@multiformats/multiaddr'
import { z } from 'zod'
import { MiB, messageOf, second } from '../peer-core/index.ts'
import { UsageError } from './usage-error.ts'

const statusSchema = z.object({ multiaddrs: z.array(z.string()).min(1) })
const answerBytes = 1 * MiB

/** @throws {@link UsageError} in one line */
export async function resolveAddresses(target: string): Promise<string[]> {
  if (target.startsWith('/')) {
    try {
      return [multiaddr(target).toString()]
    } catch {
      throw new UsageError(`${target}: not a multiaddr; expected something like /ip4/127.0.0.1/tcp/4001/p2p/12D3KooW…`)
    }
  }
  if (!/^https?:\/\//.test(target)) {
    throw new UsageError(`${target}: expected the URL of a seed's page (http://…) or a multiaddr (/ip4/…)`)
  }
  const { multiaddrs } = await fetchStatus(target)
  return multiaddrs
}

/** `GET /api/status` of a seed. @throws {@link UsageError} */
export async function fetchStatus(page: string): Promise<z.infer<typeof statusSchema> & Record<string, unknown>> {
  const status = z.looseObject(statusSchema.shape).safeParse(await getJson(page, '/api/status'))
  if (!status.success) throw new UsageError(`${page} is not the page of a seed node`)
  return status.data
}

/** @throws {@link UsageError} when nobody answers within 10 s, or not with JSON of at most 1 MiB */
export async function getJson(page: string, path: string): Promise<unknown> {
  const bytes = await getBytes(page, path, answerBytes)
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    throw new UsageError(`no seed node answers at ${new URL(path, page).origin}: not JSON`)
  }
}

/** @throws {@link UsageError} when nobody answers within 10 s, or with an error, or with more than `maxBytes` */
export async function getBytes(page: string, path: string, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  if (!URL.canParse(path, page)) throw new UsageError(`${page}: not a URL`)
  const url = new URL(path, page)
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(10 * second) })
    const bytes = new Uint8Array(await response.arrayBuffer())
    if (bytes.length > maxBytes) throw new Error('the answer is too large')
    if (response.ok) return bytes
    throw new UsageError(`${url.origin} answers: ${refusalOf(bytes) ?? `HTTP ${response.status}`}`)
  } catch (error) {
    if (error instanceof UsageError) throw error
    const cause = error instanceof TypeError && error.cause instanceof Error ? error.cause.message : messageOf(error)
    throw new UsageError(`no seed node answers at ${url.origin}: ${cause}`)
  }
}

/** The line for a person in a seed's refusal. */
function refusalOf(bytes: Uint8Array): string | undefined {
  try {
    return (JSON.parse(new TextDecoder().decode(bytes)) as { error?: string }).error
  } catch {
    return undefined
  }
}
