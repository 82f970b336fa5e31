/** What peers, rounds and engines do, said for a person. Wire codes appear nowhere else on the page. @module */

import { refusalInWords } from '../peer-core/index.ts'
import { formatDuration, formatRemaining, formatWholePercent } from './format.ts'
import type { ActivityView, EngineInfo, EngineName, Path, PeerId, PeerStatus, RejectionReason } from './peer.ts'

const rejections = {
  unavailable: 'the result could not be fetched in time',
  silent: 'was training, then sent nothing before the deadline',
  left: 'left before sending its result',
  malformed: 'sent something that is not a valid message',
  'wrong-hash': 'sent other bytes than announced',
  'wrong-size': 'sent a result of the wrong size',
  'wrong-base': 'started from another model than this round’s',
  'non-finite': 'the result holds values that are not numbers',
  'norm-exceeded': 'the change was larger than the task allows',
  harmful: 'the change made the model worse on the examples of a seed',
  'institution-share': 'its institution has its share of this round, drawn by lot',
  'guest-share': 'the guests of its inviter have their share of this round, drawn by lot',
  'newcomer-share': 'newcomers have their share of this round, drawn by lot',
} satisfies Record<RejectionReason, string>

/** Why a peer's work is not in a round; follows the peer's name and a colon. */
export function rejectionInWords(reason: RejectionReason): string {
  return rejections[reason] ?? reason
}

const paths = {
  webrtc: 'WebRTC, direct',
  'webrtc-direct': 'WebRTC, direct',
  websocket: 'WebSocket',
  tcp: 'TCP',
  relayed: 'Relayed',
  memory: 'In memory',
} satisfies Record<Path, string>

/** How a peer is connected; `undefined` when others only told us of it. */
export function pathInWords(path: Path | undefined): string {
  return path === undefined ? 'Heard of only' : paths[path]
}

const statuses = {
  joining: 'joining',
  ready: 'ready',
  training: 'training',
  paused: 'paused',
  serving: 'serving',
  leaving: 'leaving',
} satisfies Record<PeerStatus, string>

export function statusInWords(status: PeerStatus): string {
  return statuses[status]
}

const engines = {
  webgpu: 'WebGPU',
  wasm: 'WASM',
  cpu: 'CPU',
  'closed-form': 'closed form',
  none: 'no engine',
} satisfies Record<EngineName | 'none', string>

/** Other peers name their engine freely, so an unknown name is shown as it came. */
export function engineInWords(name: string): string {
  return (engines as Readonly<Record<string, string | undefined>>)[name] ?? name
}

/** The last six characters: Ed25519 peer ids all begin alike. */
export function shortPeer(peer: PeerId): string {
  return peer.slice(-6)
}

const bars = {
  'not-admitted': 'You are not let in yet',
  waiting: 'You are let in',
  suspended: 'Your work made the model worse',
} satisfies Record<Extract<ActivityView, { kind: 'barred' }>['why'], string>

export interface ActivityInWords {
  /** `Training round 12, step 40 of 200` */
  readonly headline: string
  /** What a screen reader is told: without the figures that change many times a second. */
  readonly announcement: string
  /** `on WASM, 8 ms a step` */
  readonly detail?: string
  /** share done, in [0, 1]; absent where nothing can be told */
  readonly progress?: number
}

/**
 * @param roundMs - the task's deadline of a round, against which a wait is drawn
 * @param now - milliseconds since 1970
 */
export function activityInWords(
  activity: ActivityView,
  engine: EngineInfo,
  roundMs: number,
  now: number,
): ActivityInWords {
  switch (activity.kind) {
    case 'training': {
      const { round, step, steps } = activity
      return {
        headline: `Training round ${round}, step ${step} of ${steps}`,
        announcement: `Training round ${round}`,
        detail: speedInWords(engine),
        progress: share(step, steps),
      }
    }
    case 'admission':
      return admissionInWords(activity)
    case 'barred': {
      const { why, until } = activity
      const headline = until === undefined ? bars[why] : `${bars[why]}: it counts from round ${until}`
      return { headline, announcement: headline }
    }
    case 'waiting': {
      const what = `Waiting ${activity.why}`
      const left = activity.until - now
      return {
        headline: left > 0 ? `${what}, at most ${formatRemaining(activity.until, now)}` : what,
        announcement: what,
        progress: 1 - share(left, roundMs),
      }
    }
    case 'syncing': {
      const what = `Fetching the ${{ model: 'model', data: 'examples', commits: 'record of rounds' }[activity.what]}`
      if (activity.total === 0) return told(what)
      const progress = share(activity.done, activity.total)
      return { headline: `${what}, ${formatWholePercent(progress)}`, announcement: what, progress }
    }
    case 'paused':
      return told(`Paused because ${activity.why}`)
    case 'idle':
      return told(capitalised(activity.why))
  }
}

function admissionInWords(activity: Extract<ActivityView, { kind: 'admission' }>): ActivityInWords {
  switch (activity.step) {
    case 'working': {
      // Each try is as likely as any other: after twice the expected number one in seven is still looking.
      const progress = 1 - Math.exp(-share(activity.done, 8 * activity.expected) * 8)
      return { ...told('Working to be let in'), detail: 'the task asks newcomers for some work first', progress }
    }
    case 'applied':
      return { ...told('Asked to be let in'), detail: 'the next commit answers' }
    case 'refused':
      return { ...told('Not let in'), detail: refusalInWords(activity.why) }
  }
}

/** `on WASM, 8 ms a step` */
export function speedInWords(engine: EngineInfo): string {
  const name = `on ${engineInWords(engine.name)}`
  return engine.msPerStep === undefined ? name : `${name}, ${formatDuration(engine.msPerStep)} a step`
}

function told(text: string): ActivityInWords {
  return { headline: text, announcement: text }
}

export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

function share(part: number, whole: number): number {
  return whole > 0 ? Math.min(1, Math.max(0, part / whole)) : 0
}
