/**
 * Goes from a trusted commit to a later one over as few blocks as the committees' overlap allows, and looks for a fork
 * with a second provider.
 *
 * Bisection after the CometBFT spec (light-client/verification, `VerifyToTarget`), fork detection after
 * light-client/detection. Both are generators that yield the height they want next, so that they have no effects; `drive`
 * runs one against a provider.
 * @module
 */
import type { Hash, PeerId } from '../foundation/ids.ts'
import { type Certificate, precommitOf } from './certificate.ts'
import type { Evidence } from './evidence.ts'
import {
  type LightBlock,
  type LightFault,
  type LightOptions,
  readBlock,
  type Trusted,
  verifyLight,
} from './light-verifier.ts'

/** Yields heights; is answered with what the provider has. */
export type Asking<T> = Generator<number, T, LightBlock | undefined>

export type Reached =
  /** `trace`: the blocks verified on the way, from the trusted one to the target */
  | { readonly ok: true; readonly trace: readonly Trusted[] }
  | { readonly ok: false; readonly at: number; readonly fault: LightFault | { readonly code: 'NOT_PROVIDED' } }

/**
 * Verifies `target` from `trusted`, asking for blocks in between only where too few of the trusted committee signed.
 *
 * Cost: one certificate while a third of the committee stays; a logarithm of the distance for each time that it is
 * turned over.
 */
export function* bisect(trusted: Trusted, target: number, now: number, options: LightOptions): Asking<Reached> {
  const trace = [trusted]
  // Blocks on the way, the target first, each nearer to what is verified than the one before it.
  const ahead: LightBlock[] = []
  let want = target
  for (;;) {
    const block = yield want
    if (block === undefined) return { ok: false, at: want, fault: { code: 'NOT_PROVIDED' } }
    if (block.certificate.height !== want) return { ok: false, at: want, fault: { code: 'BODY_MISMATCH' } }
    ahead.push(block)
    for (;;) {
      const next = ahead.at(-1)
      if (next === undefined) return { ok: true, trace }
      const last = trace.at(-1)!
      const verdict = verifyLight(last, next, now, options)
      if (verdict.ok) {
        trace.push(verdict.trusted)
        ahead.pop()
      } else if (verdict.fault.code === 'NOT_ENOUGH_TRUST') {
        // Never the same height again: blocks one apart need no overlap, so there is always one between.
        want = last.header.height + Math.floor((next.certificate.height - last.header.height) / 2)
        break
      } else {
        return { ok: false, at: next.certificate.height, fault: verdict.fault }
      }
    }
  }
}

export type Comparison =
  | { readonly outcome: 'agreed' }
  /** the second provider has no such block */
  | { readonly outcome: 'unanswered'; readonly at: number }
  /** the second provider shows another block and cannot prove it */
  | {
      readonly outcome: 'unproven'
      readonly at: number
      readonly fault: LightFault | { readonly code: 'NOT_PROVIDED' }
    }
  /** two proven histories: more than a third of some committee lied, and no machine can say which is right */
  | { readonly outcome: 'fork'; readonly fork: Fork }

export interface Fork {
  /** the last commit that both histories share */
  readonly common: Trusted
  readonly height: number
  readonly values: readonly [Hash, Hash]
  readonly blocks: readonly [Trusted, LightBlock]
}

/**
 * Holds a verified trace against a second provider.
 *
 * @param trace - as {@link bisect} gave it
 */
export function* compare(trace: readonly Trusted[], now: number, options: LightOptions): Asking<Comparison> {
  const target = trace.at(-1)!
  const shown = yield target.header.height
  if (shown === undefined) return { outcome: 'unanswered', at: target.header.height }
  if (shownValue(shown, options) === target.value) return { outcome: 'agreed' }
  let common = trace[0]!
  for (const step of trace.slice(1)) {
    const { height } = step.header
    const block = yield height
    if (block === undefined) return { outcome: 'unanswered', at: height }
    if (shownValue(block, options) === step.value) {
      common = step
      continue
    }
    const reached = yield* bisect(common, height, now, options)
    if (!reached.ok) return { outcome: 'unproven', at: reached.at, fault: reached.fault }
    const other = reached.trace.at(-1)!
    // It may answer differently the second time.
    if (other.value === step.value) return { outcome: 'agreed' }
    return { outcome: 'fork', fork: { common, height, values: [step.value, other.value], blocks: [step, block] } }
  }
  return { outcome: 'agreed' }
}

function shownValue(block: LightBlock, options: LightOptions): Hash | undefined {
  const read = readBlock(block, options)
  return read.ok ? read.trusted.value : undefined
}

/**
 * Who signed both of two certificates of one height and round: each of them is evidence. (Signers of different rounds may
 * have been honest; see accountability in the CometBFT spec.)
 */
export function equivocationsIn(first: Certificate, second: Certificate): Evidence[] {
  const samePlace = first.task === second.task && first.height === second.height && first.round === second.round
  if (!samePlace || first.value === second.value) return []
  const entries = new Map<PeerId, Certificate['entries'][number]>(second.entries.map((entry) => [entry.member, entry]))
  return first.entries.flatMap((entry) => {
    const other = entries.get(entry.member)
    if (other === undefined) return []
    return [{ type: 'equivocation', first: precommitOf(first, entry), second: precommitOf(second, other) } as const]
  })
}

/** Where light blocks come from: a peer, a seed, a store. */
export interface LightProvider {
  lightBlock(height: number, signal?: AbortSignal): Promise<LightBlock | undefined>
}

/** Runs a generator of heights against a provider, each block asked for once. */
export async function drive<T>(asking: Asking<T>, provider: LightProvider, signal?: AbortSignal): Promise<T> {
  const held = new Map<number, LightBlock | undefined>()
  let next = asking.next()
  while (!next.done) {
    const height = next.value
    if (!held.has(height)) held.set(height, await provider.lightBlock(height, signal))
    next = asking.next(held.get(height))
  }
  return next.value
}
