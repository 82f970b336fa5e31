/** What the last committed model takes for what: a row for each class, a column for each answer. @module */
import { formatCompact } from '../format.ts'

interface ConfusionProps {
  readonly classes: readonly string[]
  /** `classes × classes`, row-major */
  readonly counts: readonly number[]
}

/** More classes than these do not fit on a phone. */
const shownAtMost = 12

export function Confusion({ classes, counts }: ConfusionProps) {
  const n = classes.length
  if (n > shownAtMost || counts.length !== n * n) return null
  return (
    <section class="card confusion" aria-labelledby="confusion-title">
      <h2 id="confusion-title">What it takes for what</h2>
      <div class="confusion-scroll">
        <table>
          <thead>
            <tr>
              <td />
              {classes.map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {classes.map((name, row) => (
              <Row key={name} name={name} at={row} counts={counts.slice(row * n, (row + 1) * n)} />
            ))}
          </tbody>
        </table>
      </div>
      <p class="fine">Rows are what an example is, columns what the model says.</p>
    </section>
  )
}

/** Shaded by the share of the row: unequal classes stay readable. */
function Row({ name, at, counts }: { name: string; at: number; counts: readonly number[] }) {
  const all = counts.reduce((sum, count) => sum + count, 0)
  return (
    <tr>
      <th scope="row">{name}</th>
      {counts.map((count, i) => (
        <td key={i} data-right={i === at} style={{ '--share': all === 0 ? 0 : count / all }}>
          {formatCompact(count)}
        </td>
      ))}
    </tr>
  )
}
