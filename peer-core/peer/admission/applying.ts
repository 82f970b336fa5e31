/**
 * Asks to be let in, when work alone does not do: with an invitation where this peer was given one, else with the work that the task
 * asks for. Said again until a commit says yes; what no commit will say yes to is told to the person at once.
 * @module
 */
import { type Hash, minute, type PeerId, second } from '../../foundation/index.ts'
import { deadline, either, sleep } from '../../ports/index.ts'
import { type AdmissionProblem, expectedHashes } from '../../reputation/index.ts'
import type { Parent } from '../../round/index.ts'
import type { Application, SignedInvitation, Ticket, Work } from '../../wire/index.ts'
import type { SessionContext } from '../session-context.ts'
import type { Standings } from '../standings.ts'
import { repeatMs } from './applications.ts'
import { findWork } from './find-work.ts'
import { type Refusal, refusalInWords } from './refusal-in-words.ts'

/** A machine that is too slow for the work says so, and tries again later. */
const workMs = 20 * minute
const againMs = 30 * second

export type ApplyingView =
  /** hashes done, and how many are to be expected */
  | { readonly step: 'working'; readonly done: number; readonly expected: number }
  /** Said: a commit lets it in. */
  | { readonly step: 'applied' }
  | { readonly step: 'refused'; readonly why: Refusal }

export interface ApplyingParts {
  readonly standings: Pick<Standings, 'rules' | 'mustApply' | 'check'>
  head(): Parent
  /** Whether this peer wants to contribute now. */
  wants(): boolean
  onChange(): void
}

export class Applying {
  readonly #context: SessionContext
  readonly #parts: ApplyingParts
  #running: AbortController | undefined
  #invitation: SignedInvitation | undefined
  #work: Work | undefined
  /** the ticket that was shown last */
  #said: Ticket | undefined
  /** What was told last, so that it is told once. */
  #told: Refusal | undefined
  view: ApplyingView | undefined

  constructor(context: SessionContext, parts: ApplyingParts) {
    this.#context = context
    this.#parts = parts
  }

  /** Starts, or ends, as things stand; called whenever they may have changed. */
  update(): void {
    const { signal } = this.#context
    const wanted = !signal.aborted && this.#parts.wants() && this.#isNeeded
    if (!wanted) {
      this.#end('not needed any more')
      return
    }
    // Others took the seats meanwhile, or its work is too old by now.
    if (this.#said !== undefined && this.#problemOf(this.#said) !== undefined) this.#end('said for nothing')
    if (this.#running !== undefined) return
    const running = new AbortController()
    this.#running = running
    const until = either(running.signal, signal)
    this.#run(until.signal)
      .catch(() => {
        // It was stopped; or a slow machine tries again when things change.
        if (this.#running === running) this.#running = undefined
      })
      .finally(until.clear)
  }

  /** In the place of what it had; begins anew. */
  bring(invitation: SignedInvitation): void {
    this.#invitation = invitation
    this.#told = undefined
    this.#end('brings an invitation')
    this.update()
  }

  #end(why: string): void {
    this.#running?.abort(new Error(why))
    this.#running = undefined
    this.#said = undefined
    this.view = undefined
  }

  get #self(): PeerId {
    return this.#context.identity.peerId
  }

  /** With an invitation also where founders need none: it gives a place in an institution. */
  get #isNeeded(): boolean {
    const { standings } = this.#parts
    if (standings.mustApply(this.#self)) return true
    return (
      this.#invitation !== undefined &&
      this.#problemOf({ kind: 'invitation', ...this.#invitation }) !== 'already-admitted'
    )
  }

  get #invited(): Ticket | undefined {
    return this.#invitation && { kind: 'invitation', ...this.#invitation }
  }

  #problemOf(ticket: Ticket): AdmissionProblem | undefined {
    const [answer] = this.#parts.standings.check([{ peer: this.#self, ticket }])
    return answer !== undefined && 'problem' in answer ? answer.problem : undefined
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, say, task } = this.#context
    for (;;) {
      const ticket = await this.#ticket(signal)
      signal.throwIfAborted()
      if (ticket !== undefined) {
        this.#said = ticket
        this.#show({ step: 'applied' })
        say('application', { task, ticket, at: clock.now() } satisfies Application)
      }
      await sleep(clock, ticket === undefined ? againMs : repeatMs, signal)
    }
  }

  /** @returns `undefined` when there is none to show now */
  async #ticket(signal: AbortSignal): Promise<Ticket | undefined> {
    const { admission } = this.#parts.standings.rules
    const invited = this.#invited
    const problem = invited && this.#problemOf(invited)
    if (invited !== undefined && problem === undefined) return invited
    if (problem !== undefined) this.#tell(problem)
    if (admission.kind === 'invitation') {
      this.#show({ step: 'refused', why: problem ?? 'invitation-needed' })
      return undefined
    }
    return admission.kind === 'free' ? { kind: 'none' } : this.#worked(admission.bits, signal)
  }

  /** Work done before, while its commit is recent; else new work, and again where rounds were quicker than that. */
  async #worked(bits: number, parent: AbortSignal): Promise<Ticket | undefined> {
    const { clock, task } = this.#context
    const expected = expectedHashes(bits)
    const { signal, clear } = deadline(clock, workMs, parent)
    const onHashes = (done: number) => this.#show({ step: 'working', done, expected })
    try {
      for (;;) {
        const done = this.#work && ({ kind: 'work', work: this.#work } as const)
        if (done !== undefined && this.#problemOf(done) === undefined) return done
        const { round, hash } = this.#parts.head()
        const recent: Hash = round === 0 ? task : hash
        onHashes(0)
        this.#work = await findWork({ task, peer: this.#self, recent, bits }, clock, signal, onHashes)
      }
    } catch {
      parent.throwIfAborted()
      this.#tell('too-slow')
      this.#show({ step: 'refused', why: 'too-slow' })
      return undefined
    } finally {
      clear()
    }
  }

  #tell(why: Refusal): void {
    if (this.#told === why) return
    this.#told = why
    this.#context.notice('warning', refusalInWords(why))
  }

  #show(view: ApplyingView): void {
    this.view = view
    this.#parts.onChange()
  }
}
