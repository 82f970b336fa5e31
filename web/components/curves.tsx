/** Accuracy and loss over the committed rounds. @module */
import { useMemo } from 'preact/hooks'
import { formatLoss, formatPercent, formatPercentTick, formatQuantity, formatTick } from '../format.ts'
import type { RoundView } from '../peer.ts'
import { Curve, type CurveSeries } from './curve.tsx'

export function Curves({ rounds }: { rounds: readonly RoundView[] }) {
  const { numbers, accuracy, loss } = useMemo(() => seriesOf(sinceKnown(rounds)), [rounds])
  return (
    <section class="card curves" aria-labelledby="curves-title">
      <h2 id="curves-title">Learning</h2>
      {rounds.length === 0 ? (
        <p class="empty">The curves begin with the first committed round.</p>
      ) : (
        <div class="curve-pair">
          <Curve
            title="Accuracy"
            summary={summaryOf('Accuracy', rounds, (round) => round.accuracy, formatPercent)}
            rounds={numbers}
            series={accuracy}
            format={formatPercent}
            tick={formatPercentTick}
            range={fromTensUp}
          />
          <Curve
            title="Loss"
            summary={summaryOf('Loss', rounds, (round) => round.loss ?? round.trainingLoss, formatLoss)}
            rounds={numbers}
            series={loss}
            format={formatLoss}
            tick={formatTick}
            range={fromZero}
          />
        </div>
      )}
    </section>
  )
}

/** From the ten percent below the least, so that small gains of a good model can be seen. */
function fromTensUp(least: number): [number, number] {
  return [Math.min(0.9, Math.floor(least * 10) / 10), 1]
}

/** Losses are never negative, and a curve needs air above it. */
function fromZero(_: number, greatest: number): [number, number] {
  return [0, Math.max(0.05, greatest * 1.08)]
}

interface CurveData {
  readonly numbers: readonly number[]
  readonly accuracy: readonly CurveSeries[]
  readonly loss: readonly CurveSeries[]
}

/** Without the rounds before this peer came, of which it knows only that they were. */
function sinceKnown(rounds: readonly RoundView[]): readonly RoundView[] {
  const known = ({ accuracy, loss, trainingLoss }: RoundView) => (accuracy ?? loss ?? trainingLoss) !== undefined
  return rounds.slice(Math.max(0, rounds.findIndex(known)))
}

function seriesOf(rounds: readonly RoundView[]): CurveData {
  const valuesOf = (read: (round: RoundView) => number | undefined) => rounds.map((round) => read(round) ?? null)
  return {
    numbers: rounds.map(({ round }) => round),
    accuracy: [{ label: 'on test examples', colour: '--accent', values: valuesOf(({ accuracy }) => accuracy) }],
    loss: [
      { label: 'test', colour: '--warm', values: valuesOf(({ loss }) => loss) },
      { label: 'training', colour: '--ink-3', dashed: true, values: valuesOf(({ trainingLoss }) => trainingLoss) },
    ],
  }
}

function summaryOf(
  name: string,
  rounds: readonly RoundView[],
  read: (round: RoundView) => number | undefined,
  format: (value: number) => string,
): string {
  const known = rounds.filter((round) => read(round) !== undefined)
  const [first, last] = [known[0], known.at(-1)]
  if (first === undefined || last === undefined) return `${name} over ${formatQuantity(rounds.length, 'round')}`
  return `${name} from ${format(read(first)!)} in round ${first.round} to ${format(read(last)!)} in round ${last.round}`
}
