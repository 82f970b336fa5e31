/** Peers and evidence for this room's tests. */
import { createIdentity, type Identity, type PeerId } from '../../peer-core/foundation/index.ts'
import {
  applyEvidence,
  type ReputationRules,
  type ReputationState,
  type RoundEvidence,
} from '../../peer-core/reputation/index.ts'
import { reputationRulesSchema } from '../../peer-core/wire/index.ts'

/** The same identity for the same number. */
export function identity(seed: number): Identity {
  const bytes = new Uint8Array(32)
  new DataView(bytes.buffer).setUint32(0, seed)
  return createIdentity(bytes)
}

const known = new Map<number, PeerId>()

export function peer(seed: number): PeerId {
  const made = known.get(seed) ?? identity(seed).peerId
  known.set(seed, made)
  return made
}

export function rulesWith(changes: Record<string, unknown> = {}): ReputationRules {
  return reputationRulesSchema.parse(changes)
}

export const GOOD = [100_000, 120_000, 90_000]
export const BAD = [-900_000, -800_000, -1_000_000]

/** One round after another, with the round's number filled in. */
export function play(
  state: ReputationState,
  rules: ReputationRules,
  rounds: readonly Omit<RoundEvidence, 'round'>[],
): ReputationState {
  return rounds.reduce<ReputationState>(
    (current, evidence) => applyEvidence(current, { round: current.round + 1, ...evidence }, rules),
    state,
  )
}
