/**
 * Draws a schedule from a seed: who is there, who is Byzantine and how, and what the network and the clocks do until it
 * settles (GST, Dwork, Lynch, Stockmeyer 1988). One seed is one schedule.
 */
import { type Committee, createCommittee } from '../../../peer-core/consensus/committee.ts'
import type { Message, SignedMessage } from '../../../peer-core/consensus/messages.ts'
import type { Timing } from '../../../peer-core/consensus/timeouts.ts'
import type { PeerId } from '../../../peer-core/foundation/ids.ts'
import { type Random, seededRandom } from '../../../peer-core/foundation/random.ts'

/** How a Byzantine member behaves; traits add up. */
export interface Byzantine {
  readonly peer: PeerId
  /** copies of it that talk to different members: what it says to one it does not say to the others */
  readonly twins: number
  /** what it proposes: a body that recomputes, one that does not, or one whose contributions nobody can fetch */
  readonly builds: readonly ('good' | 'bad' | 'withheld')[]
  /** votes for bodies that do not recompute */
  readonly lies: boolean
  /** ms that its statements are held back */
  readonly late: number
  /** share of its statements that it does not send */
  readonly silent: number
  /** chance of a statement out of the blue for each that it hears */
  readonly babble: number
  /** runs Tendermint without its lock */
  readonly lockless: boolean
}

export interface Partition {
  readonly from: number
  readonly to: number
  /** side of each member, by place */
  readonly side: readonly number[]
}

export interface Schedule {
  readonly seed: number
  /** everyone there is, and who decides height 1 */
  readonly committee: Committee
  /** who decides each height from 2 on; the same as at height 1 unless committees change */
  readonly later: readonly Committee[]
  readonly byzantine: readonly Byzantine[]
  readonly heights: number
  readonly timing: Timing
  /** until here the network does what it likes; from here messages arrive within `delta` */
  readonly gst: number
  readonly delta: number
  /** chance that a message is lost, by its type; to lose some kinds and not others hides what members decided */
  readonly loss: Readonly<Record<Message['type'], number>>
  /** each link, in each direction, is down with this chance in each window of so many ms */
  readonly flapping: { readonly chance: number; readonly window: number }
  /** share of rounds in which members are deaf and timers wild; it takes a calm round after a wild one to go wrong */
  readonly chaos: number
  /** chance that a member never hears one other's message of one type and round before GST: one knows a polka, another does not */
  readonly deaf: Readonly<Record<SignedMessage['type'], number>>
  /** before GST, timers fire after anything up to this many times what they were set to */
  readonly wild: number | undefined
  readonly duplication: number
  /** ms; delays before GST are up to this, so that messages overtake each other */
  readonly disorder: number
  readonly partitions: readonly Partition[]
  /** chance that an honest member is killed at an effect, before GST */
  readonly crash: number
  /** times at which all members are killed at once */
  readonly blackouts: readonly number[]
  /** ms that each member's clock is ahead, by place */
  readonly skew: readonly number[]
  /** each member's clock runs by this factor, by place */
  readonly rate: readonly number[]
  /** chance that an honest member would rather have another body than a valid one that it recomputed */
  readonly objections: number
  /** chance that an honest member cannot judge what a body names: one of a traitor's, or an honest one's first of a height */
  readonly unproven: number
  /** ms that a recomputation takes at most */
  readonly compute: number
}

/** @param height - from 1 */
export function committeeAt({ committee, later }: Schedule, height: number): Committee {
  return later[height - 2] ?? committee
}

/** `below`: under a third of the power, as the protocol promises; `above`: a third or more, to see it break. */
export type Faults = 'none' | 'below' | 'above'

const baseTiming: Timing = {
  propose: { base: 400, perRound: 100 },
  prevote: { base: 150, perRound: 75 },
  precommit: { base: 150, perRound: 75 },
  gossip: 200,
  precision: { base: 60, perRound: 60 },
  messageDelay: { base: 300, perRound: 150 },
}

export function drawSchedule(seed: number, faults: Faults): Schedule {
  const random = seededRandom(seed)
  const size = pick(random, [4, 4, 4, 5, 6, 7])
  const uneven = random.next() < 0.5
  const committee = createCommittee(
    Array.from({ length: size }, (_, index) => ({
      peer: `m${index}` as PeerId,
      power: uneven ? 1 + random.integer(5) : 1,
    })),
  )
  const timing = { ...baseTiming, gossip: pick(random, [150, 500]) }
  const gst = 500 + random.integer(2500)
  const times = () => Array.from({ length: 2 }, () => random.integer(gst)).sort((a, b) => a - b) as [number, number]
  const byzantine = drawByzantine(random, committee, faults)
  const fewHeights = 1 + random.integer(2)
  const later = drawLater(seededRandom(seed).fork('committees'), committee, byzantine, faults)
  return {
    seed,
    committee,
    later,
    byzantine,
    heights: later.length > 0 ? 1 + later.length : fewHeights,
    timing,
    gst,
    delta: 20 + random.integer(60),
    loss: drawLoss(random),
    flapping: { chance: pick(random, [0, 0, 0, 0.2, 0.5]), window: 50 + random.integer(400) },
    chaos: pick(random, [0.3, 0.6, 1]),
    deaf: {
      proposal: pick(random, [0, 0, 0.3]),
      prevote: pick(random, [0, 0.15, 0.35]),
      precommit: pick(random, [0, 0.3, 0.6]),
    },
    wild: pick(random, [undefined, 1, 0.4]),
    duplication: pick(random, [0, 0.1]),
    disorder: pick(random, [10, 10, 100, 600]),
    partitions: Array.from({ length: random.integer(3) }, () => {
      const [from, to] = times()
      return { from, to, side: committee.members.map(() => random.integer(2)) }
    }),
    crash: pick(random, [0, 0, 0.01, 0.04]),
    blackouts: random.next() < 0.2 ? [random.integer(gst)] : [],
    skew: drawSkew(random, committee, timing.precision.base),
    rate: committee.members.map(() => 0.99 + random.next() / 50),
    objections: faults === 'above' ? 0 : pick(seededRandom(seed).fork('objections'), [0, 0, 0.3, 1]),
    unproven: faults !== 'below' ? 0 : pick(seededRandom(seed).fork('unproven'), [0, 0, 0.4, 1]),
    compute: 10 + random.integer(80),
  }
}

function drawByzantine(random: Random, { members, total }: Committee, faults: Faults): Byzantine[] {
  if (faults === 'none') return []
  const chosen: PeerId[] = []
  let power = 0
  for (const member of random.shuffle([...members])) {
    const grown = power + member.power
    if (faults === 'below' && 3 * grown >= total) continue
    // Someone honest must be left on each side of the lie.
    if (faults === 'above' && (3 * power >= total || chosen.length + 2 >= members.length)) break
    chosen.push(member.peer)
    power = grown
  }
  return chosen.map((peer) => drawTraits(random, peer, faults))
}

/** In a third of the schedules, each height has a committee of its own: some of those there are, with other powers. */
function drawLater(
  random: Random,
  { members }: Committee,
  byzantine: readonly Byzantine[],
  faults: Faults,
): Committee[] {
  if (random.next() < 2 / 3) return []
  const traitors = new Set(byzantine.map(({ peer }) => peer))
  const draw = (): Committee => {
    const seated = members.filter(() => random.next() < 0.7)
    if (seated.length === 0) return draw()
    const drawn = createCommittee(seated.map(({ peer }) => ({ peer, power: 1 + random.integer(5) })))
    const lying = drawn.members.filter(({ peer }) => traitors.has(peer))
    const power = lying.reduce((sum, member) => sum + member.power, 0)
    const promised = faults === 'above' || 3 * power < drawn.total
    // Without anyone honest there is nobody to ask for progress, and nothing is promised.
    return drawn.members.length > lying.length && promised ? drawn : draw()
  }
  return [draw(), draw()]
}

function drawTraits(random: Random, peer: PeerId, faults: Faults): Byzantine {
  const often = faults === 'above' ? 0.9 : 0.5
  const chance = (p: number) => random.next() < p
  return {
    peer,
    twins: chance(often) ? 2 : 1,
    builds: chance(0.5) ? ['good'] : (['good', 'bad', 'withheld'] as const).filter(() => chance(0.6)),
    lies: chance(0.3),
    late: chance(0.3) ? random.integer(800) : 0,
    silent: pick(random, [0, 0, 0.3, 1]),
    babble: pick(random, [0, 0, 0.1, 0.5]),
    lockless: chance(0.5),
  }
}

/** Mostly within what the protocol allows for, now and then well beyond. */
function drawSkew(random: Random, { members }: Committee, precision: number): number[] {
  const most = random.next() < 0.1 ? 5 * precision : precision / 2
  return members.map(() => Math.round((2 * random.next() - 1) * most))
}

function drawLoss(random: Random): Schedule['loss'] {
  const all = pick(random, [0, 0, 0, 0.05, 0.2, 0.5])
  const even = random.next() < 0.7
  const of = () => (even ? all : pick(random, [0, 0.1, 0.5, 0.9]))
  const repair = random.next() < 0.4 ? 1 : undefined
  return { proposal: of(), prevote: of(), precommit: of(), status: repair ?? of(), commit: repair ?? of() }
}

function pick<T>(random: Random, options: readonly T[]): T {
  return options[random.integer(options.length)]!
}
