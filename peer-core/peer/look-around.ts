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
/** For a dial under way: WebRTC on a busy phone takes that long, one that is refused ends sooner. */
const dialMs = 12 * second

export interface Neighbourhood {
  /** Peers other than seeds that were heard of, or are connected in whatever way. */
  known(): number
  /** Members that were heard of and are connected to us directly. */
  connected(): number
  /** Dials of members that have not ended. */
  dialling(): number
}

/** Ends when a neighbour is connected, or none is to be expected. @throws the reason of `signal` */
export async function lookAround(around: Neighbourhood, clock: Clock, signal: AbortSignal): Promise<void> {
  const started = clock.now()
  while (around.connected() === 0) {
    const waited = clock.now() - started
    const patience = around.known() === 0 ? hearMs : around.dialling() === 0 ? comeMs : dialMs
    if (waited >= patience) return
    await sleep(clock, 100, signal)
  }
}
