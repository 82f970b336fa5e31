/**
 * The transcript: one JSON object a line, times in ms since the start, peers by their names. The same scenario and seed
 * give the same bytes, in Node and in a tab.
 * @module
 */
import type { Scenario } from '../scenario/schema.ts'

export type Line =
  | { readonly kind: 'scenario'; readonly seed: number; readonly version: string; readonly scenario: Scenario }
  | {
      readonly t: number
      readonly kind: 'arrive'
      readonly peer: string
      readonly zone: string
      readonly tier: string
      /** what it will do instead of what it is asked */
      readonly attack?: string
    }
  | { readonly t: number; readonly kind: 'leave'; readonly peer: string; readonly how: 'crash' | 'goodbye' }
  | { readonly t: number; readonly kind: 'fault'; readonly what: string; readonly who: readonly string[] }
  /** The end of a fault that had one. */
  | { readonly t: number; readonly kind: 'mended'; readonly what: string }
  /** The first peer that had it. */
  | {
      readonly t: number
      readonly kind: 'commit'
      readonly round: number
      readonly peer: string
      readonly hash: string
      readonly model: string
      readonly contributors: readonly string[]
      readonly rejected: Readonly<Record<string, string>>
      /** of the contributions together, as claimed */
      readonly bytes: number
      readonly trainingLoss?: number
    }
  /**
   * How long after the first peer the others had the commit when the next one came: of those that were here when it came, and
   * are still, `peers` of `of`. A share of them that did not have it yet has no time.
   */
  | {
      readonly t: number
      readonly kind: 'spread'
      readonly round: number
      readonly peers: number
      readonly of: number
      readonly p50?: number
      readonly p95?: number
      readonly most: number
    }
  /** Two peers committed different things: it must never be seen. */
  | { readonly t: number; readonly kind: 'fork'; readonly round: number; readonly peer: string; readonly hash: string }
  | {
      readonly t: number
      readonly kind: 'evaluation'
      readonly round: number
      readonly loss: number
      readonly accuracy: number
    }
  | {
      readonly t: number
      readonly kind: 'trained'
      readonly peer: string
      readonly round: number
      readonly steps: number
      readonly ms: number
    }
  /** In thousandths; those that changed. */
  | {
      readonly t: number
      readonly kind: 'reputation'
      readonly round: number
      readonly of: Readonly<Record<string, number>>
    }
  /**
   * All peers that run the code, so far: bytes and messages sent, and who is here. `stored` is on the fullest seed's disk,
   * but for the test examples that it was given.
   */
  | {
      readonly t: number
      readonly kind: 'sample'
      readonly present: number
      readonly bytes: number
      readonly messages: number
      readonly stored: number
      /** of the devices that are modelled */
      readonly modelled?: Modelled
    }
  | { readonly t: number; readonly kind: 'notice'; readonly peer: string; readonly text: string }
  /** What a handler of the network threw: a defect of the core. */
  | {
      readonly t: number
      readonly kind: 'defect'
      readonly peer: string
      readonly where: string
      readonly text: string
    }

/** What is taken to be of the devices that run no code: see `world/crowd.ts`. */
export interface Modelled {
  readonly present: number
  /** begun so far */
  readonly sessions: number
  readonly bytes: number
  readonly messages: number
}

export type TimedLine = Exclude<Line, { kind: 'scenario' }>
