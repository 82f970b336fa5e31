/**
 * The mark with real numbers: as many peers on the circle as take part, and the place left open for one more.
 * @module
 */
import { formatQuantity } from '../format.ts'

const centre = 60
const radius = 46
/** Where the circle is open, and how wide: degrees clockwise from three o'clock. */
const gapAt = -50
const gapDegrees = 44
/** More would touch each other. */
const shownAtMost = 18

export function Ring({ peers }: { peers: number }) {
  const shown = Math.min(peers, shownAtMost)
  const places = Array.from({ length: shown }, (_, i) => pointAt(gapAt + (360 * (i + 1)) / (shown + 1)))
  const from = pointAt(gapAt + gapDegrees / 2)
  const to = pointAt(gapAt - gapDegrees / 2)
  const open = pointAt(gapAt)
  return (
    <svg
      class="ring"
      viewBox="0 0 120 120"
      role="img"
      aria-label={`${formatQuantity(peers, 'peer')}, and a place for you`}
    >
      {chordsOf(places).map(([a, b]) => (
        <line key={`${a.x} ${a.y} ${b.x} ${b.y}`} class="ring-chord" x1={a.x} y1={a.y} x2={b.x} y2={b.y} />
      ))}
      {places.length > 0 &&
        [places[0]!, places[Math.floor(places.length / 2)]!].map((place) => (
          <line key={place.x} class="ring-chord open" x1={open.x} y1={open.y} x2={place.x} y2={place.y} />
        ))}
      <path class="ring-circle" d={`M${from.x} ${from.y}A${radius} ${radius} 0 1 1 ${to.x} ${to.y}`} />
      {places.map(({ x, y }) => (
        <circle key={`${x} ${y}`} class="ring-peer" cx={x} cy={y} r="4" />
      ))}
      <circle class="ring-open" cx={open.x} cy={open.y} r="6" />
    </svg>
  )
}

interface Point {
  readonly x: number
  readonly y: number
}

/** Each to the second and third after it: everyone is reached, and nothing is hidden under a knot of lines. */
function chordsOf(places: readonly Point[]): readonly (readonly [Point, Point])[] {
  return places.flatMap((place, i) =>
    [2, 3].flatMap((ahead) => {
      const other = places[i + ahead]
      return other === undefined ? [] : [[place, other] as const]
    }),
  )
}

function pointAt(degrees: number): Point {
  const angle = (degrees * Math.PI) / 180
  const rounded = (value: number) => Math.round(value * 100) / 100
  return { x: rounded(centre + radius * Math.cos(angle)), y: rounded(centre + radius * Math.sin(angle)) }
}
