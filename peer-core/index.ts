/**
 * Zen Mesh's public API.
 *
 * ```ts
 * import { createIdentity, createPeer, realClock, seededRandom } from 'zen-mesh'
 *
 * const peer = createPeer({ identity: createIdentity(), network, stores, trainer, clock: realClock, random: seededRandom(1) })
 * await peer.start()
 * ```
 *
 * `network`, `stores` and `trainer` come from a composition root: `web/` for a tab, `seed-nodes/` for Node, `testing/`
 * for a whole network in one process (tests/peer/ has one that runs).
 * @module
 */
export * from './foundation/index.ts'
export { type Refusal, refusalInWords } from './peer/admission/refusal-in-words.ts'
export { createPeer, type JoinOptions, type Peer, type PeerInit } from './peer/create-peer.ts'
export type { PeerEvent, RoundPhase } from './peer/events.ts'
export type * from './peer/snapshot.ts'
export { PeerError, type PeerFault } from './peer/task-record.ts'
export * from './ports/index.ts'
export type { SignedInvitation } from './wire/admission.ts'
export type * from './wire/messages.ts'
export { type TaskSpec, taskSchema } from './wire/task.ts'
