import { formatWholePercent } from '../format.ts'

interface ProbabilityBarsProps {
  readonly classes: readonly string[]
  /** one per class; empty bars where absent */
  readonly probabilities: Float32Array | undefined
}

/** More classes than this are cut to the likeliest. */
const shownAtMost = 10

export function ProbabilityBars({ classes, probabilities }: ProbabilityBarsProps) {
  const rows = classes.map((name, i) => ({ name, share: probabilities?.[i] ?? 0 }))
  const shown = rows.length <= shownAtMost ? rows : rows.toSorted((a, b) => b.share - a.share).slice(0, shownAtMost)
  const best = probabilities === undefined ? undefined : shown.reduce((a, b) => (b.share > a.share ? b : a))
  return (
    <ol class="bars" aria-label="How likely each class is">
      {shown.map((row) => (
        <li key={row.name} class={row === best ? 'best' : undefined}>
          <span class="bar-name">{row.name}</span>
          <span class="bar-track">
            <i style={{ transform: `scaleX(${row.share})` }} />
          </span>
          <span class="bar-share">{probabilities === undefined ? '' : formatWholePercent(row.share)}</span>
        </li>
      ))}
    </ol>
  )
}
