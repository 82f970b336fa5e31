/**
 * Asking one peer what it knows: its tasks, commits after a round and contributions announced for the open round, or single contributions. One
 * request and one answer a stream. With gossip this is push *and* pull (Demers et al., "Epidemic Algorithms for
 * Replicated Database Maintenance", PODC 1987): what a lost message did not bring, the next exchange does.
 * @module
 */
import { z } from 'zod'
import { type PeerId, second } from '../foundation/index.ts'
import { type Clock, deadline, type FrameStream, type Network } from '../ports/index.ts'
import {
  bytesSchema,
  contributionIdSchema,
  decode,
  encode,
  hashSchema,
  limits,
  protocols,
  taskIdSchema,
} from '../wire/index.ts'

/** How long one question may take. */
const answerMs = 5 * second
const requestBytes = limits.gossipBytes + 1_024
const mostItems = 512
const mostContributors = 1_000_000
/** Contributions that one commit body names. */
const mostNamed = limits.contributionsPerRound + limits.rejectionsPerRound

const requestSchema = z.discriminatedUnion('want', [
  z.strictObject({ want: z.literal('tasks') }),
  z.strictObject({
    want: z.literal('news'),
    task: taskIdSchema,
    round: z.int().min(0),
    /** The hash of the asker's last commit, which is not told again. */
    head: hashSchema.optional(),
    /** Names the contributions that the asker knows: whoever knows the same ones does not repeat them. */
    claims: hashSchema.optional(),
    /** The asker's own presence, an envelope, for a peer that may not have heard it. */
    presence: bytesSchema(limits.gossipBytes).optional(),
    /** To so many others the asker wants to be introduced. */
    introduce: z.int().min(0).max(limits.introductions).optional(),
  }),
  z.strictObject({
    want: z.literal('contributions'),
    task: taskIdSchema,
    /** Also those that their peers replaced since. */
    ids: z.array(contributionIdSchema).min(1).max(mostNamed),
  }),
])
export type SyncRequest = z.infer<typeof requestSchema>
export type NewsRequest = Extract<SyncRequest, { want: 'news' }>
export type ContributionsRequest = Extract<SyncRequest, { want: 'contributions' }>

const items = z.array(bytesSchema(limits.gossipBytes)).max(mostItems)
const answerSchema = z.strictObject({
  /** envelopes */
  tasks: items,
  /** certificates of the rounds after the asked one, ascending */
  commits: items,
  /** envelopes of contributions: to the round that is open at the answerer's, or those asked for */
  claims: items,
  /** envelopes: of some who take part, as many as were asked for or fewer */
  presences: items,
  /** that are connected to the answerer */
  contributors: z.int().min(0).max(mostContributors),
})
export type SyncAnswer = z.infer<typeof answerSchema>

/** Where answers come from. */
export interface SyncSource {
  /** The peer's bytes were no request. */
  onMisbehaviour(peer: PeerId): void
  tasks(): Promise<readonly Uint8Array[]>
  news(request: NewsRequest, asker: PeerId): Promise<Omit<SyncAnswer, 'tasks'>>
  /** Envelopes of those that are known here. */
  contributions(request: ContributionsRequest): Uint8Array[]
}

export interface Sync {
  start(): void
  stop(): void
  /** @throws when the peer does not answer in time, or with nonsense */
  ask(peer: PeerId, request: SyncRequest, signal: AbortSignal): Promise<SyncAnswer>
}

export function sync(source: SyncSource): (components: { network: Network; clock: Clock }) => Sync {
  return ({ network, clock }) => {
    let unhandle: (() => void) | undefined
    return {
      start() {
        unhandle = network.streams.handle(protocols.sync, {
          maxFrameBytes: limits.syncFrameBytes,
          overRelay: true,
          serve: (stream) => timed(clock, undefined, (signal) => answer(stream, source, signal)),
        })
      },
      stop: () => unhandle?.(),
      ask: (peer, request, signal) =>
        timed(clock, signal, async (limited) => {
          const stream = await network.streams.open(peer, protocols.sync, {
            signal: limited,
            maxFrameBytes: limits.syncFrameBytes,
          })
          try {
            await stream.send(encode(request))
            const bytes = await stream.receive(limited)
            if (bytes === undefined) throw new Error('the stream closed without an answer')
            const read = decode(answerSchema, bytes, limits.syncFrameBytes)
            await stream.close()
            return read
          } catch (error) {
            stream.abort(error instanceof Error ? error : new Error(String(error)))
            throw error
          }
        }),
    }
  }
}

/** Of a task that is not known here. */
export const noNews: Omit<SyncAnswer, 'tasks'> = { commits: [], claims: [], presences: [], contributors: 0 }

async function answer(stream: FrameStream, source: SyncSource, signal: AbortSignal): Promise<void> {
  const bytes = await stream.receive(signal)
  if (bytes === undefined) return
  let request: SyncRequest
  try {
    request = decode(requestSchema, bytes, requestBytes)
  } catch (error) {
    source.onMisbehaviour(stream.peer)
    return stream.abort(error as Error)
  }
  const room = budget(limits.syncFrameBytes - 1_024)
  const { tasks, commits, claims, presences, contributors } = await find(request, stream.peer, source)
  // Whoever is introduced to somebody can ask there for what did not fit.
  const fits = { presences: room(presences), tasks: room(tasks), commits: room(commits), claims: room(claims) }
  await stream.send(encode({ ...fits, contributors }))
  await stream.close()
}

async function find(request: SyncRequest, asker: PeerId, source: SyncSource): Promise<SyncAnswer> {
  const nothing = { tasks: [], ...noNews }
  switch (request.want) {
    case 'tasks':
      return { ...nothing, tasks: [...(await source.tasks())] }
    case 'news':
      return { ...nothing, ...(await source.news(request, asker)) }
    case 'contributions':
      return { ...nothing, claims: source.contributions(request) }
    default:
      return request satisfies never
  }
}

/** Takes items while they fit: the asker comes back for the rest. */
function budget(bytes: number): (items: readonly Uint8Array[]) => Uint8Array[] {
  let left = bytes
  return (items) => {
    const fits: Uint8Array[] = []
    for (const item of items.slice(0, mostItems)) {
      if (item.length + 8 > left) break
      left -= item.length + 8
      fits.push(item)
    }
    return fits
  }
}

async function timed<T>(
  clock: Clock,
  parent: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = deadline(clock, answerMs, parent)
  try {
    return await work(limit.signal)
  } finally {
    limit.clear()
  }
}
