/**
 * Holds our chain against what others show of it, and tells of a fork (CometBFT spec, light-client/detection): two histories that
 * are both proven mean that more than a third of a committee signed both, and no machine can say which one is right.
 *
 * Whoever is asked for news shows its commit of our head's height with them. Only where that is another than ours is the rest
 * of the trace asked for.
 * @module
 */
import {
  compare,
  decodeCommit,
  drive,
  type Evidence,
  equivocationsIn,
  type Fork,
  type LightBlock,
} from '../consensus/index.ts'
import type { PeerId } from '../foundation/index.ts'
import type { Sync } from '../sync/index.ts'
import type { Chain } from './chain.ts'
import type { SessionContext } from './session-context.ts'

export interface ForkWatchParts {
  readonly sync: Sync
  readonly chain: Chain
  /** Members that signed both sides. */
  onEvidence(evidence: Evidence): void
}

export class ForkWatch {
  readonly #context: SessionContext
  readonly #parts: ForkWatchParts
  /** One at a time, and none after the first fork: from there on both sides differ for good. */
  #looking = false

  constructor(context: SessionContext, parts: ForkWatchParts) {
    this.#context = context
    this.#parts = parts
  }

  /**
   * @param shown - a peer's commits from our head's height on, encoded
   * @throws when the peer shows nonsense, or does not answer
   */
  async look(peer: PeerId, [shown]: readonly Uint8Array[]): Promise<void> {
    const { chain } = this.#parts
    if (shown === undefined || this.#looking) return
    const { height, value } = decodeCommit(shown).certificate
    if (height !== chain.head.round || value === chain.head.hash) return
    this.#looking = true
    try {
      const trace = await chain.trace()
      const comparing = compare(trace, this.#context.clock.now(), chain.lightOptions)
      const found = await drive(comparing, { lightBlock: (at) => this.#ask(peer, at) })
      if (found.outcome === 'fork') await this.#tell(found.fork, peer)
      this.#looking = found.outcome === 'fork'
    } catch (error) {
      this.#looking = false
      throw error
    }
  }

  async #ask(peer: PeerId, height: number): Promise<LightBlock | undefined> {
    const { sync, chain } = this.#parts
    const { task, signal } = this.#context
    const [bytes] = (await sync.ask(peer, { want: 'news', task, round: height - 1 }, signal)).commits
    return bytes && chain.blockOf(decodeCommit(bytes))
  }

  async #tell({ height, values, blocks }: Fork, peer: PeerId): Promise<void> {
    const [ours, theirs] = values.map((value) => value.slice(0, 8))
    this.#context.notice(
      'warning',
      `round ${height} was committed twice, each time by more than two thirds: ${ours} here and ${theirs} at …${peer.slice(-6)}; a part of the committee lies`,
    )
    const [bytes] = await this.#parts.chain.certificatesAfter(height - 1, 1)
    if (bytes === undefined) return
    for (const evidence of equivocationsIn(decodeCommit(bytes).certificate, blocks[1].certificate)) {
      this.#parts.onEvidence(evidence)
    }
  }
}
