/**
 * The committee's part of a task on one of its members: from a collected round to a commit that more than two thirds of the
 * power certify. Wires the machine to its log, its bodies, its evidence and its network.
 * @module
 */
import { type Evidence, headerOf, type MemberMessage, scoresIn, type Verify } from '../../consensus/index.ts'
import type { PeerId } from '../../foundation/index.ts'
import type { Collected } from '../collecting.ts'
import type { Commit } from '../commit.ts'
import type { Committees } from '../committees.ts'
import type { SessionContext } from '../session-context.ts'
import { ConsensusChannel, type Refusal } from './channel.ts'
import { Deciding, type DecidingParts } from './deciding.ts'
import type { Direct } from './direct.ts'
import { Drafting, type DraftingParts } from './drafting.ts'
import type { EvidenceDesk } from './evidence-desk.ts'

export type VotingParts = DraftingParts &
  Pick<DecidingParts, 'commit' | 'committed' | 'behind'> & {
    readonly committees: Committees
    readonly verify: Verify
    readonly direct: Direct
  }

export class Voting {
  readonly #parts: VotingParts
  readonly #evidence: EvidenceDesk
  readonly #channel: ConsensusChannel
  readonly #deciding: Deciding
  #unsubscribe: () => void = () => undefined

  constructor(context: SessionContext, parts: VotingParts) {
    const { evidence } = parts
    const channel = new ConsensusChannel(context, {
      ...parts,
      height: () => parts.head().round,
      hear: (message, from) => this.#hear(message, from),
    })
    this.#parts = parts
    this.#evidence = evidence
    this.#channel = channel
    this.#deciding = new Deciding(context, {
      ...parts,
      channel,
      evidence,
      drafting: new Drafting(context, parts),
    })
  }

  /** Messages that were dropped, by reason, since the start. */
  get refusals(): ReadonlyMap<Refusal, number> {
    return this.#channel.refusals
  }

  async start(): Promise<void> {
    this.#unsubscribe = this.#channel.start()
    await this.#deciding.resume()
  }

  /** Nothing is signed after the call, nor written to the log after it resolves. */
  async stop(): Promise<void> {
    this.#unsubscribe()
    await this.#deciding.stop()
  }

  /** The round was collected. */
  close(collected: Collected): void {
    this.#deciding.close(collected)
  }

  /** The chain goes on from this commit, whoever completed it. */
  committed({ body, certified }: Commit): void {
    for (const evidence of scoresIn(certified.certificate)) this.#evidence.add(evidence, body.height + 1)
    this.#deciding.decided(body.height, certified)
  }

  /** @returns whether an honest member may have sent it */
  receive(bytes: Uint8Array, from: PeerId): boolean {
    return this.#channel.receive(bytes, from)
  }

  /** Evidence from elsewhere than the committee's topic. */
  accuse(evidence: Evidence): void {
    this.#evidence.add(evidence, this.#parts.head().round + 1)
  }

  #hear(message: MemberMessage, from: PeerId): void {
    if (message.type === 'evidence') {
      this.accuse(message.evidence)
      return
    }
    if (message.type !== 'status' && message.type !== 'commit') {
      this.#evidence.saw(message.type === 'proposal' ? headerOf(message) : message, this.#parts.head().round + 1)
    }
    this.#deciding.hear(message, from)
  }
}
