/**
 * A small line chart as SVG text, for figures in the docs that are made from runs.
 * @module
 */
export interface ChartCurve {
  readonly name: string
  /** one per round, from round 1 */
  readonly values: readonly number[]
}

export interface Chart {
  readonly title: string
  readonly x: string
  readonly y: string
  readonly greatest: number
  readonly curves: readonly ChartCurve[]
  /** a vertical line: the round, and what happens in it */
  readonly event?: { readonly round: number; readonly name: string }
}

const WIDTH = 720
const HEIGHT = 320
const LEFT = 62
const RIGHT = 16
const TOP = 62
const BOTTOM = 46
// Okabe, Ito: told apart by everyone.
const colours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7']
const dashes = ['', '7 4', '2 3', '10 3 2 3']

/** A whole SVG document; curves are steps, since what they show changes from round to round. */
export function lineChart({ title, x, y, greatest, curves, event }: Chart): string {
  const rounds = Math.max(...curves.map(({ values }) => values.length))
  const across = (round: number) => LEFT + ((round - 1) / Math.max(1, rounds - 1)) * (WIDTH - LEFT - RIGHT)
  const down = (value: number) => HEIGHT - BOTTOM - (value / greatest) * (HEIGHT - TOP - BOTTOM)
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12" fill="#222" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    text(LEFT, 20, title, 'font-size="15" font-weight="bold"'),
  ]
  for (let tick = 0; tick <= 4; tick++) {
    const value = (greatest * tick) / 4
    const at = down(value).toFixed(1)
    parts.push(`<path d="M${LEFT} ${at}H${WIDTH - RIGHT}" stroke="#ddd"/>`)
    parts.push(text(LEFT - 6, Number(at) + 4, label(value), 'text-anchor="end"'))
  }
  for (let round = 10; round <= rounds; round += 10) {
    parts.push(text(across(round), HEIGHT - BOTTOM + 16, String(round), 'text-anchor="middle"'))
  }
  parts.push(text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, x, 'text-anchor="middle"'))
  const middle = (TOP + HEIGHT - BOTTOM) / 2
  parts.push(text(14, middle, y, `text-anchor="middle" transform="rotate(-90 14 ${middle})"`))
  if (event !== undefined) {
    const at = across(event.round).toFixed(1)
    parts.push(`<path d="M${at} ${TOP}V${HEIGHT - BOTTOM}" stroke="#888" stroke-dasharray="3 3"/>`)
    parts.push(text(Number(at) + 5, HEIGHT - BOTTOM - 6, event.name, 'fill="#555"'))
  }
  let legendAt = LEFT
  curves.forEach(({ name, values }, i) => {
    const style = `fill="none" stroke="${colours[i]}" stroke-width="2" stroke-dasharray="${dashes[i]}"`
    const steps = values.map((value, at) => {
      const height = down(value).toFixed(1)
      return at === 0 ? `M${across(1).toFixed(1)} ${height}` : `H${across(at + 1).toFixed(1)}V${height}`
    })
    parts.push(`<path d="${steps.join('')}" ${style}/>`)
    parts.push(`<path d="M${legendAt} 40h24" ${style}/>`, text(legendAt + 30, 44, name))
    legendAt += 46 + 6.4 * name.length
  })
  return `${parts.join('\n')}\n</svg>\n`
}

function text(x: number, y: number, content: string, attributes = ''): string {
  return `<text x="${x.toFixed(1)}" y="${y}" ${attributes}>${escaped(content)}</text>`
}

function label(value: number): string {
  return value >= 10_000 ? `${value / 10_000} %` : String(value)
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
