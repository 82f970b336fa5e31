/**
 * Brings a member that was away to the head, from any peers, in windows that are verified as they arrive.
 *
 * A window of commits can be verified by few certificates however long it is: its last block by skipping, and the
 * blocks before it by the chain of parent hashes that leads back from there. A member that will serve them to others checks
 * every certificate nonetheless. Windows are asked of different peers, each with a deadline; who answers wrongly or late is
 * not asked for that window again until it tells its height anew.
 *
 * A pure machine: `step(state, input) → [state, effects]`.
 * @module
 */
import type { PeerId } from '../foundation/ids.ts'
import { second } from '../foundation/units.ts'
import { bisect } from './light-client.ts'
import {
  type LightBlock,
  type LightFault,
  type LightOptions,
  readBlock,
  type Trusted,
  verifyLight,
} from './light-verifier.ts'

export interface CatchUpConfig {
  readonly options: LightOptions
  /** commits asked for at once */
  readonly window: number
  /** windows under way at once */
  readonly parallel: number
  /** for one window, ms */
  readonly deadline: number
  /** check the signatures of every commit, not only of those that prove the rest; for who hands them on */
  readonly everyCertificate: boolean
}

export function catchUpConfig(options: LightOptions): CatchUpConfig {
  return { options, window: 32, parallel: 3, deadline: 10 * second, everyCertificate: true }
}

interface Request {
  readonly from: number
  readonly to: number
  readonly peer: PeerId
  readonly deadline: number
}

export interface CatchUpState {
  readonly head: Trusted
  /** greatest height that each peer says it has */
  readonly peers: ReadonlyMap<PeerId, number>
  readonly requests: readonly Request[]
  /** answers that wait for the window before them, by their first height */
  readonly waiting: ReadonlyMap<number, { readonly peer: PeerId; readonly blocks: readonly LightBlock[] }>
  /** `height/peer` of windows that failed */
  readonly failed: ReadonlySet<string>
}

export type CatchUpInput = {
  readonly now: number
} /** a peer tells its height: a status, a commit by gossip, a `behind` effect of the machine */ & (
  | { readonly type: 'height'; readonly peer: PeerId; readonly height: number }
  | { readonly type: 'blocks'; readonly peer: PeerId; readonly from: number; readonly blocks: readonly LightBlock[] }
  | { readonly type: 'gone'; readonly peer: PeerId }
  | { readonly type: 'tick' }
)

export type CatchUpEffect =
  | {
      readonly type: 'request'
      readonly peer: PeerId
      readonly from: number
      readonly to: number
      readonly deadline: number
    }
  /** verified, in order: apply and store */
  | { readonly type: 'apply'; readonly blocks: readonly LightBlock[]; readonly head: Trusted }
  | { readonly type: 'blame'; readonly peer: PeerId; readonly fault: CatchUpFault }

export type CatchUpFault = LightFault | { readonly code: 'LATE' | 'INCOMPLETE' | 'NOT_PROVIDED' }

export function catchUpFrom(head: Trusted): CatchUpState {
  return { head, peers: new Map(), requests: [], waiting: new Map(), failed: new Set() }
}

/** Whether some peer is further than the head. */
export function isBehind({ head, peers }: CatchUpState): boolean {
  return [...peers.values()].some((height) => height > head.header.height)
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }
type Draft = Mutable<CatchUpState> & { readonly effects: CatchUpEffect[] }

export function stepCatchUp(
  config: CatchUpConfig,
  state: CatchUpState,
  input: CatchUpInput,
): [CatchUpState, readonly CatchUpEffect[]] {
  const d: Draft = { ...state, effects: [] }
  switch (input.type) {
    case 'height':
      d.peers = new Map(d.peers).set(input.peer, Math.max(input.height, d.peers.get(input.peer) ?? 0))
      d.failed = new Set([...d.failed].filter((window) => !window.endsWith(`/${input.peer}`)))
      break
    case 'gone':
      d.peers = without(d.peers, input.peer)
      d.requests = d.requests.filter(({ peer }) => peer !== input.peer)
      break
    case 'blocks':
      accept(d, input.peer, input.from, input.blocks)
      break
    case 'tick':
      break
  }
  expire(d, input.now)
  apply(d, config, input.now)
  ask(d, config, input.now)
  const { effects, ...next } = d
  return [next, effects]
}

function accept(d: Draft, peer: PeerId, from: number, blocks: readonly LightBlock[]): void {
  const request = d.requests.find((one) => one.peer === peer && one.from === from)
  // Nobody asked: not worth reading, and not worth blame, for it may be late.
  if (request === undefined) return
  d.requests = d.requests.filter((one) => one !== request)
  const complete = blocks.length === request.to - from + 1
  if (!complete || blocks.some(({ certificate }, index) => certificate.height !== from + index)) {
    fail(d, peer, from, { code: 'INCOMPLETE' })
    return
  }
  d.waiting = new Map(d.waiting).set(from, { peer, blocks })
}

function expire(d: Draft, now: number): void {
  for (const late of d.requests.filter(({ deadline }) => deadline <= now)) {
    d.requests = d.requests.filter((one) => one !== late)
    fail(d, late.peer, late.from, { code: 'LATE' })
  }
}

function fail(d: Draft, peer: PeerId, from: number, fault: CatchUpFault): void {
  d.failed = new Set(d.failed).add(`${from}/${peer}`)
  d.effects.push({ type: 'blame', peer, fault })
}

function apply(d: Draft, config: CatchUpConfig, now: number): void {
  for (;;) {
    const from = d.head.header.height + 1
    const next = d.waiting.get(from)
    if (next === undefined) return
    d.waiting = without(d.waiting, from)
    const verdict = verifyRun(d.head, next.blocks, now, config.options, config.everyCertificate)
    if (!verdict.ok) {
      fail(d, next.peer, from, verdict.fault)
      return
    }
    d.head = verdict.head
    d.effects.push({ type: 'apply', blocks: next.blocks, head: verdict.head })
  }
}

function ask(d: Draft, config: CatchUpConfig, now: number): void {
  const highest = Math.max(0, ...d.peers.values())
  let from = d.head.header.height + 1
  while (from <= highest && d.requests.length < config.parallel) {
    const asked = d.requests.find((one) => one.from === from)
    const held = d.waiting.get(from)
    if (asked === undefined && held === undefined) {
      const peer = askable(d, from)
      if (peer === undefined) return
      const to = Math.min(from + config.window - 1, d.peers.get(peer)!)
      const request = { peer, from, to, deadline: now + config.deadline }
      d.requests = [...d.requests, request]
      d.effects.push({ type: 'request', ...request })
      from = to + 1
    } else {
      from = asked === undefined ? from + held!.blocks.length : asked.to + 1
    }
  }
}

/** The peer with the fewest requests among those that have the height and did not fail at it. */
function askable(d: Draft, from: number): PeerId | undefined {
  const able = [...d.peers].filter(([peer, height]) => height >= from && !d.failed.has(`${from}/${peer}`))
  const load = (peer: PeerId) => d.requests.filter((one) => one.peer === peer).length
  return able.sort(([a], [b]) => load(a) - load(b) || (a < b ? -1 : 1))[0]?.[0]
}

export type RunVerdict =
  | { readonly ok: true; readonly head: Trusted }
  | { readonly ok: false; readonly fault: CatchUpFault }

/**
 * Verifies an unbroken run of commits that begins right above `head`: signatures where they are needed, parent hashes
 * everywhere.
 *
 * @param blocks - at least one, heights ascending by one
 */
export function verifyRun(
  head: Trusted,
  blocks: readonly LightBlock[],
  now: number,
  options: LightOptions,
  everyCertificate = false,
): RunVerdict {
  const first = head.header.height + 1
  const asking = bisect(head, head.header.height + blocks.length, now, options)
  let next = asking.next()
  while (!next.done) next = asking.next(blocks[next.value - first])
  if (!next.value.ok) return next.value
  let before = head
  for (const block of blocks) {
    const verdict = everyCertificate ? verifyLight(before, block, now, options) : readBlock(block, options)
    if (!verdict.ok) return verdict
    const { header } = verdict.trusted
    if (header.parent !== before.value) {
      return { ok: false, fault: { code: 'WRONG_PARENT', expected: before.value, actual: header.parent } }
    }
    before = verdict.trusted
  }
  return { ok: true, head: before }
}

function without<K, V>(map: ReadonlyMap<K, V>, key: K): ReadonlyMap<K, V> {
  const copy = new Map(map)
  copy.delete(key)
  return copy
}
