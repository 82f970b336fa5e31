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
  if (!URL.canParse(path, page)) throw new UsageError(`${page}: not a URL`)
  const url = new URL(path, page)
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(10 * second) })
    const text = await response.text()
    if (text.length > answerBytes) throw new Error('the answer is too large')
    const answer: unknown = JSON.parse(text)
    if (!response.ok) throw new Error((answer as { error?: string }).error ?? `HTTP ${response.status}`)
    return answer
  } catch (error) {
    const cause = error instanceof TypeError && error.cause instanceof Error ? error.cause.message : messageOf(error)
    throw new UsageError(`no seed node answers at ${url.origin}: ${error instanceof SyntaxError ? 'not JSON' : cause}`)
  }
}
