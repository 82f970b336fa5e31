/**
 * A newcomer to a task under way waits a moment for neighbours before it loads the model: what they can give need not
 * come from the seeds, however many arrive at once.
 * @module
 */
import { second } from '../foundation/index.ts'
import { type Clock, sleep } from '../ports/index.ts'

/** For the first sign of somebody other than a seed. */
const hearMs = 2.5 * second
/** For neighbours to connect to us, when we have no dial under way ourselves. */
const comeMs = 6 * second
/** For a dial under way, or to come while the examples do: WebRTC on a busy phone takes that long, one that is refused ends sooner. */
const dialMs = 12 * second

export interface Others {
  /** Peers other than seeds that were heard of, or are connected in whatever way. */
  known(): number
  /** Members that were heard of and are connected to us directly. */
  connected(): number
  /** Dials of members that have not ended. */
  dialling(): number
}

export interface Surroundings extends Others {
  /** Whether examples are still on their way, so that nothing could begin anyway. */
  loading(): boolean
}

/** Ends when a neighbour is connected, or none is to be expected. @throws the reason of `signal` */
export async function lookAround(around: Surroundings, clock: Clock, signal: AbortSignal): Promise<void> {
  const started = clock.now()
  while (around.connected() === 0) {
    const waited = clock.now() - started
    const isOpen = around.loading() || around.dialling() > 0
    const patience = isOpen ? dialMs : around.known() === 0 ? hearMs : comeMs
    if (waited >= patience) return
    await sleep(clock, 100, signal)
  }
}
