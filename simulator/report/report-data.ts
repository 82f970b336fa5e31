/** What a report shows, as plain data: of one run, or of two beside each other. @module */
import { bytesInWords } from '../bytes-in-words.ts'
import { isLate, type Summary, summarise } from '../transcript/summary.ts'
import type { Tally } from '../transcript/tally.ts'

export interface ReportRun {
  readonly label: string
  readonly rounds: readonly {
    readonly round: number
    readonly seconds: number
    readonly duration: number
    /** ms */
    readonly spread: number | null
    readonly megabytes: number
    readonly accuracy: number | null
    readonly taken: number
    readonly rejected: number
  }[]
  readonly samples: readonly {
    readonly seconds: number
    readonly present: number
    readonly kilobytesPerSecond: number
    readonly modelled: number | null
  }[]
  readonly reputation: readonly {
    readonly peer: string
    readonly liar: boolean
    readonly rounds: readonly number[]
    readonly points: readonly number[]
  }[]
  /** one letter a round: `c`ontributed, `r`ejected, `l`ate or gone, `.` not there */
  readonly membership: readonly { readonly peer: string; readonly liar: boolean; readonly marks: string }[]
  readonly hiddenPeers: number
  readonly recoveries: readonly {
    readonly what: string
    /** It struck, in seconds. */
    readonly from: number
    /** It was mended; `null`: it has no end, or the run had none of it. */
    readonly to: number | null
    readonly seconds: number | null
  }[]
}

/** Rows that a reader can still tell apart. */
const mostRows = 64
const mostCurves = 40

export function reportRun(tally: Tally, label: string): ReportRun {
  const { rounds, samples } = tally
  const marks = new Map<string, string[]>()
  const mark = (peer: string, at: number, letter: string) => {
    const row = marks.get(peer) ?? Array<string>(rounds.length).fill('.')
    row[at] = letter
    marks.set(peer, row)
  }
  rounds.forEach(({ contributors, rejected }, at) => {
    for (const peer of contributors) mark(peer, at, 'c')
    for (const [peer, reason] of Object.entries(rejected)) {
      mark(peer, at, isLate(reason) ? 'l' : 'r')
    }
  })
  // Liars first, then whoever was there most: what one looks for is on top.
  const rows = [...marks].map(([peer, letters]) => ({
    peer,
    liar: tally.liars.has(peer),
    marks: letters.join(''),
    active: letters.filter((letter) => letter !== '.').length,
  }))
  rows.sort((a, b) => Number(b.liar) - Number(a.liar) || b.active - a.active || (a.peer < b.peer ? -1 : 1))
  const shown = [...rows.filter(({ liar }) => liar).slice(0, mostRows / 2)]
  shown.push(...rows.filter(({ liar }) => !liar).slice(0, mostRows - shown.length))
  const reputation = [...tally.reputation].map(([peer, steps]) => ({
    peer,
    liar: tally.liars.has(peer),
    rounds: steps.map(({ round }) => round),
    points: steps.map(({ points }) => points),
  }))
  reputation.sort((a, b) => Number(b.liar) - Number(a.liar) || (a.peer < b.peer ? -1 : 1))
  const liars = reputation.filter(({ liar }) => liar).slice(0, mostCurves / 2)
  return {
    label,
    rounds: rounds.map((round) => ({
      round: round.round,
      seconds: round.at / 1_000,
      duration: round.ms / 1_000,
      spread: round.spread?.p95 ?? null,
      megabytes: round.bytes / 1e6,
      accuracy: round.accuracy ?? null,
      taken: round.contributors.length,
      rejected: Object.keys(round.rejected).length,
    })),
    samples: samples.map((sample, i) => {
      const before = samples[i - 1] ?? { t: 0, bytes: 0 }
      return {
        seconds: sample.t / 1_000,
        present: sample.present,
        kilobytesPerSecond: (sample.bytes - before.bytes) / Math.max(1, sample.t - before.t),
        modelled: sample.modelled?.present ?? null,
      }
    }),
    reputation: [...liars, ...reputation.filter(({ liar }) => !liar).slice(0, mostCurves - liars.length)],
    membership: shown.map(({ peer, liar, marks: text }) => ({ peer, liar, marks: text })),
    hiddenPeers: rows.length - shown.length,
    recoveries: tally.recoveries.map(({ what, who, at, mendedAt, ms }) => ({
      what: `${what.replace(/-\d+$/, '')}: ${who.length > 2 ? `${who.length} peers` : who.join(', ')}`,
      from: at / 1_000,
      to: mendedAt === undefined ? null : mendedAt / 1_000,
      seconds: ms === undefined ? null : ms / 1_000,
    })),
  }
}

type Figures = readonly (readonly [name: string, value: string])[]

/** The figures on top: of each run the same, in the same order. */
export function figuresOf(runs: readonly Tally[]): Figures[] {
  const summaries = runs.map(summarise)
  const isModelled = summaries.some(({ modelled }) => modelled !== undefined)
  return summaries.map((summary) => [
    ...figuresOfOne(summary, isModelled),
    ...(isModelled ? modelledFigures(summary) : []),
  ])
}

function modelledFigures({ modelled }: Summary): Figures {
  return [
    ['modelled devices present', modelled === undefined ? '–' : whole(modelled.present)],
    ['sessions of modelled devices', modelled === undefined ? '–' : whole(modelled.sessions)],
    ['modelled devices would send', modelled === undefined ? '–' : bytesInWords(modelled.bytes)],
  ]
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en')
}

function figuresOfOne(summary: Summary, isModelled: boolean): Figures {
  const seconds = (value: number | undefined) => (value === undefined ? '–' : `${value.toFixed(1)} s`)
  const { spreadMs } = summary
  return [
    ['committed rounds', String(summary.rounds)],
    ['accuracy at the end', summary.accuracy === undefined ? '–' : `${(100 * summary.accuracy).toFixed(1)} %`],
    ['a round takes', seconds(summary.roundMs === undefined ? undefined : summary.roundMs / 1_000)],
    [
      '95 % have a commit after',
      spreadMs === undefined ? '–' : spreadMs < 1_000 ? `${spreadMs} ms` : seconds(spreadMs / 1_000),
    ],
    ['longest recovery', seconds(summary.recoverySeconds)],
    ['a peer sends per round', `${(summary.bytesPerPeerRound / 1_000).toFixed(1)} kB`],
    ['messages of a peer per round', summary.messagesPerPeerRound.toFixed(0)],
    ['longest wait for a commit', seconds(summary.longestRoundSeconds)],
    ['contradicting commits', String(summary.forks)],
    [isModelled ? 'peers present, in full' : 'peers present', whole(summary.present)],
  ]
}
