/**
 * One chart over rounds, drawn by uPlot.
 *
 * Colours come from the page's custom properties.
 * New data reaches the chart only when it differs: a peer's snapshot changes ten times a second, its rounds seldom.
 * @module
 */
import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import { useMediaQuery } from '../hooks/use-store.ts'

export interface CurveSeries {
  readonly label: string
  /** custom property that holds its colour */
  readonly colour: `--${string}`
  readonly dashed?: boolean
  /** one per round; `null` where it is not known */
  readonly values: readonly (number | null)[]
}

interface CurveProps {
  readonly title: string
  /** for who cannot see the chart */
  readonly summary: string
  readonly rounds: readonly number[]
  readonly series: readonly CurveSeries[]
  readonly format: (value: number) => string
  /** of the marks on the vertical axis */
  readonly tick: (value: number, distance: number) => string
  /** of the vertical axis, from the least and the greatest value */
  readonly range: (least: number, greatest: number) => [number, number]
}

const height = 180

export function Curve({ title, summary, rounds, series, format, tick, range }: CurveProps) {
  const place = useRef<HTMLDivElement>(null)
  const chart = useRef<uPlot>(undefined)
  const dark = useMediaQuery('(prefers-color-scheme: dark)')

  // Made anew for other colours; data follow by the effect below.
  useEffect(() => {
    const element = place.current!
    const made = new uPlot(optionsOf(series, tick, range, element.clientWidth), dataOf(rounds, series), element)
    chart.current = made
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }))
    observer.observe(element)
    return () => {
      observer.disconnect()
      made.destroy()
    }
  }, [dark])

  useEffect(() => {
    const data = dataOf(rounds, series)
    if (!sameData(data, chart.current?.data)) chart.current?.setData(data)
  }, [rounds, series])

  return (
    <figure class="curve">
      <figcaption>
        <span class="curve-title">{title}</span>
        {series.map(({ label, colour, dashed, values }) => {
          const last = values.findLast((value) => value !== null)
          return (
            <span key={label} class="curve-key" style={{ '--series': `var(${colour})` }} data-dashed={dashed}>
              {label}
              <strong>{last === null || last === undefined ? '–' : format(last)}</strong>
            </span>
          )
        })}
      </figcaption>
      <div ref={place} class="curve-plot" role="img" aria-label={summary} style={{ height: `${height}px` }} />
    </figure>
  )
}

function optionsOf(
  series: readonly CurveSeries[],
  tick: CurveProps['tick'],
  range: CurveProps['range'],
  width: number,
): uPlot.Options {
  const ink = () => property('--ink-3')
  const axis = { stroke: ink, font: `12px ${property('--font')}`, ticks: { show: false } }
  const grid = { stroke: () => property('--line'), width: 1 }
  return {
    width,
    height,
    padding: [10, 8, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
    scales: {
      x: { time: false, range: wholeRounds },
      y: { range: (_, least, greatest) => range(least ?? 0, greatest ?? 1) },
    },
    axes: [
      { ...axis, grid: { show: false }, size: 26, gap: 4, space: 44, incrs: [1, 2, 5, 10, 20, 50, 100, 200] },
      {
        ...axis,
        grid,
        size: 46,
        gap: 6,
        space: 34,
        values: (_, marks, __, ___, distance) => marks.map((mark) => tick(mark, distance)),
      },
    ],
    series: [
      {},
      ...series.map(({ label, colour, dashed }) => ({
        label,
        stroke: () => property(colour),
        width: 2,
        dash: dashed ? [4, 4] : [],
        spanGaps: true,
        points: { show: (plot: uPlot) => plot.data[0].length < 3, size: 6, fill: () => property(colour) },
      })),
    ],
  }
}

/** A lone first round still gets an axis. */
function wholeRounds(_: uPlot, least: number | null, greatest: number | null): uPlot.Range.MinMax {
  if (least === null || greatest === null) return [0, 1]
  return least === greatest ? [least - 1, greatest + 1] : [least, greatest]
}

function dataOf(rounds: readonly number[], series: readonly CurveSeries[]): uPlot.AlignedData {
  return [[...rounds], ...series.map(({ values }) => [...values])]
}

function sameData(next: uPlot.AlignedData, shown: uPlot.AlignedData | undefined): boolean {
  if (shown === undefined || next.length !== shown.length) return false
  return next.every(
    (row, i) => row.length === shown[i]!.length && Array.from(row).every((value, j) => value === shown[i]![j]),
  )
}

function property(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name)
}
