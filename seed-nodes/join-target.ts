/** Where to join: a multiaddr as it is, or the multiaddrs that a seed's page tells. @module */
import { multiaddr } from '@multiformats/multiaddr'
import { z } from 'zod'
import { MiB, messageOf, minute, second } from '../peer-core/index.ts'
import { UsageError } from './usage-error.ts'

const statusSchema = z.object({ multiaddrs: z.array(z.string()).min(1) })
const refusalSchema = z.object({ code: z.string(), error: z.string() })
const answerBytes = 1 * MiB
const askAgainMs = second / 2

/** The seed is there, and not ready yet. */
class SeedStarting extends UsageError {}

export interface Waiting {
  /** Told once, when there is something to wait for. */
  readonly onWait?: ((why: string) => void) | undefined
  /** @defaultValue a minute */
  readonly patienceMs?: number
}

/**
 * A seed that is starting is waited for.
 *
 * @throws {@link UsageError} in one line
 */
export async function resolveAddresses(target: string, waiting: Waiting = {}): Promise<string[]> {
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
  const { onWait, patienceMs = minute } = waiting
  const until = Date.now() + patienceMs
  let told = false
  for (;;) {
    try {
      return (await fetchStatus(target)).multiaddrs
    } catch (error) {
      if (!(error instanceof SeedStarting)) throw error
      if (Date.now() >= until)
        throw new UsageError(`${target} is still starting after ${patienceMs / second} s: try again later`)
      if (!told) onWait?.(`${target} is starting: waiting for it`)
      told = true
      await new Promise((resolve) => setTimeout(resolve, askAgainMs))
    }
  }
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
    const refusal = refusalOf(bytes)
    const Refused = refusal?.code === 'STARTING' ? SeedStarting : UsageError
    throw new Refused(`${url.origin} answers: ${refusal?.error ?? `HTTP ${response.status}`}`)
  } catch (error) {
    if (error instanceof UsageError) throw error
    const cause = error instanceof TypeError && error.cause instanceof Error ? error.cause.message : messageOf(error)
    throw new UsageError(`no seed node answers at ${url.origin}: ${cause}`)
  }
}

/** What a seed says when it refuses: a stable code, and a line for a person. */
function refusalOf(bytes: Uint8Array): z.infer<typeof refusalSchema> | undefined {
  try {
    return refusalSchema.parse(JSON.parse(new TextDecoder().decode(bytes)))
  } catch {
    return undefined
  }
}
