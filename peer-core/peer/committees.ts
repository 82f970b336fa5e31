/** Who votes at which height, as the commits name it: the task's own committee first. @module */
import { type CommitBody, type Committee, committeeAfter } from '../consensus/index.ts'
import type { PeerId } from '../foundation/index.ts'

export class Committees {
  /** ascending */
  readonly #terms: { readonly from: number; readonly committee: Committee }[]

  /** @param own - the task's */
  constructor(own: Committee) {
    this.#terms = [{ from: 0, committee: own }]
  }

  /** Of the open height. */
  get current(): Committee {
    return this.#terms.at(-1)!.committee
  }

  has(peer: PeerId): boolean {
    return this.current.indexOf.has(peer)
  }

  /** Of a height; above the open one, as far as is known. */
  at(height: number): Committee {
    return this.#terms.findLast(({ from }) => from <= height)!.committee
  }

  /** The next commit of the chain. @throws {@link ConsensusError} `BAD_COMMITTEE` */
  add(body: CommitBody): void {
    const next = committeeAfter(body, this.current)
    if (next.hash !== this.current.hash) this.#terms.push({ from: body.height + 1, committee: next })
  }
}
