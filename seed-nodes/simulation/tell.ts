/** What `zen simulate` says: how far it is, what came out, how costs grow; to people or to programs. @module */
import { bytesInWords, type Growth, type Outcome, type Progress, type Verdict } from '../../simulator/index.ts'

export interface Told {
  readonly outcome: Outcome
  readonly wallSeconds: number
  /** files that were written */
  readonly out?: string | undefined
  readonly html?: string | undefined
}

export function outcomeAsJson({ outcome, wallSeconds }: Told): string {
  const { hash, summary, judged, broken, cancelled } = outcome
  return `${JSON.stringify({ kind: 'outcome', hash, summary, judged, broken, cancelled, wallSeconds })}\n`
}

export function outcomeInWords({ outcome, wallSeconds, out, html }: Told): string {
  const { hash, summary, cancelled, tally } = outcome
  const { modelled } = summary
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`
  const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`
  const whichPeers = modelled === undefined ? 'present' : 'present that run the code in full'
  const rows: (readonly [string, string | undefined])[] = [
    [
      'simulated',
      `${(tally.until / 1_000).toFixed(0)} s in ${wallSeconds.toFixed(1)} s${cancelled ? ', stopped' : ''}`,
    ],
    [
      'peers',
      `${summary.present.toFixed(0)} ${whichPeers}, ${tally.arrivals} arrivals, ${tally.departures} departures`,
    ],
    [
      'modelled',
      modelled &&
        `${modelled.present.toFixed(0)} devices present beside them, ${modelled.sessions} sessions; they would send ${bytesInWords(modelled.bytes)}`,
    ],
    ['commits', `${summary.rounds}${summary.roundMs === undefined ? '' : `, one in ${seconds(summary.roundMs)}`}`],
    ['accuracy', summary.accuracy === undefined ? undefined : percent(summary.accuracy)],
    ['recovery', summary.recoverySeconds === undefined ? undefined : `${summary.recoverySeconds.toFixed(1)} s`],
    [
      'a peer sends',
      `${(summary.bytesPerPeerRound / 1_000).toFixed(1)} kB, ${summary.messagesPerPeerRound.toFixed(0)} messages ${summary.rounds === 0 ? 'before the first commit' : 'a round'}`,
    ],
    ['rejected', `${percent(summary.honestRejected)} of honest work`],
    [
      'left out',
      summary.honestLeftOut > 0 ? `${percent(summary.honestLeftOut)} of honest work, for its group's share` : undefined,
    ],
    ['lies', summary.liesNotTaken === undefined ? undefined : `${percent(summary.liesNotTaken)} of them not taken`],
    ['transcript', `${hash}${out === undefined ? '' : `  ${out}`}`],
    ['report', html],
    ['promise', verdictInWords(outcome)],
  ]
  return rows.map(([label, value]) => (value === undefined ? '' : `${label.padEnd(14)}${value}\n`)).join('')
}

function verdictInWords({ judged, broken }: Verdict): string {
  if (broken.length > 0) return 'broken'
  return judged === 'promise' ? 'kept' : 'not judged: the run was cut short'
}

export function growthAsJson(growth: readonly Growth[]): string {
  return growth.length === 0 ? '' : `${JSON.stringify({ kind: 'growth', growth })}\n`
}

export function growthInWords(growth: readonly Growth[]): string {
  return growth
    .map(({ name, points, slope, logN }) => {
      const values = points.map(([peers, value]) => `${Number(value.toPrecision(3))} (${peers})`).join(', ')
      return `${name}: ${values}; slope ${slope.toFixed(2)}, of log N ${logN.toFixed(2)}\n`
    })
    .join('')
}

/** One line on the terminal, at most ten times a second. */
export function createProgress(shown: boolean): { show(progress: Progress): void; end(): void } {
  let last = 0
  return {
    show({ seconds, untilSeconds, round, present, modelled }) {
      const now = performance.now()
      if (!shown || now - last < 100) return
      last = now
      const share = Math.min(1, seconds / untilSeconds)
      const bar = '█'.repeat(Math.round(24 * share)).padEnd(24, '░')
      const who = `${present} peers${modelled === 0 ? '' : `, ${modelled} modelled`}`
      const told = `${bar} ${Math.round(seconds)} of ${Math.round(untilSeconds)} s   round ${round}   ${who}`
      process.stderr.write(`\r\u001b[K${told}`)
    },
    end() {
      if (shown) process.stderr.write('\r\u001b[K')
    },
  }
}
