/**
 * Runs in the report's page, nowhere else: it is written into the page as text, so that it may use nothing but its
 * arguments and the browser.
 * @module
 */
import type uPlotType from 'uplot'
import type { Growth } from '../transcript/growth.ts'
import type { ReportRun } from './report-data.ts'

export function drawReport(uPlot: typeof uPlotType, runs: readonly ReportRun[], growth: readonly Growth[]): void {
  const css = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim()
  const colours = ['--accent', '--second']
  const first = runs[0]
  if (first === undefined) return

  interface Curve {
    readonly label: string
    readonly colour: string
    readonly points: readonly (readonly [number, number | null])[]
    readonly width?: number
    readonly dash?: number[]
    /** A value holds until it changes. */
    readonly holds?: boolean
  }

  const shadeFaults = (chart: uPlotType) => {
    const { ctx, bbox } = chart
    ctx.save()
    ctx.strokeStyle = css('--warm')
    ctx.fillStyle = css('--warm')
    ctx.setLineDash([4, 4])
    ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`
    const placeOf = (seconds: number) => Math.round(chart.valToPos(seconds, 'x', true))
    const [left, right] = [bbox.left, bbox.left + bbox.width]
    for (const { what, from, to } of first.recoveries) {
      const x = placeOf(from)
      const [begins, ends] = [Math.max(left, x), Math.min(right, placeOf(to ?? from))]
      ctx.globalAlpha = 0.1
      if (begins < ends) ctx.fillRect(begins, bbox.top, ends - begins, bbox.height)
      ctx.globalAlpha = 1
      if (x < left || x > right) continue
      ctx.beginPath()
      ctx.moveTo(x, bbox.top)
      ctx.lineTo(x, bbox.top + bbox.height)
      ctx.stroke()
      const isRight = x > (left + right) / 2
      ctx.textAlign = isRight ? 'right' : 'left'
      ctx.fillText(what, isRight ? x - 4 : x + 4, bbox.top + 12 * devicePixelRatio)
    }
    ctx.restore()
  }

  interface PlotOptions {
    /** Shows when something went wrong. */
    readonly overTime?: boolean
    readonly logarithmic?: boolean
  }

  /** Whole powers of ten around what there is, so that a flat curve looks flat. */
  const roundPowers = (_: uPlotType, least: number, most: number): [number, number] => [
    10 ** Math.floor(Math.log10(least / 1.2)),
    10 ** Math.ceil(Math.log10(most * 1.2)),
  ]

  const plot = (id: string, x: string, y: string, curves: readonly Curve[], options: PlotOptions = {}) => {
    const { overTime = false, logarithmic = false } = options
    const place = document.getElementById(id)
    if (place === null) return
    const used = curves.filter(({ points }) => points.some(([, value]) => value !== null))
    if (used.length === 0) {
      place.textContent = 'Nothing happened here in this run.'
      return
    }
    const xs = [...new Set(used.flatMap(({ points }) => points.map(([at]) => at)))].sort((a, b) => a - b)
    const columns = used.map(({ points }) => {
      const known = new Map(points)
      return xs.map((at) => (known.has(at) ? known.get(at)! : undefined))
    })
    const axis = { stroke: css('--ink-2'), grid: { stroke: css('--line'), width: 1 }, ticks: { stroke: css('--line') } }
    const chart = new uPlot(
      {
        width: place.clientWidth,
        height: 240,
        scales: logarithmic
          ? {
              x: { time: false, distr: 3, range: [xs[0]! / 1.5, xs.at(-1)! * 1.5] },
              y: { distr: 3, range: roundPowers },
            }
          : { x: { time: false } },
        legend: { show: used.length <= 4 },
        axes: [
          {
            ...axis,
            label: x,
            labelSize: 22,
            ...(logarithmic ? eachSize : {}),
            ...(x === 'round' ? { incrs: wholeSteps } : {}),
          },
          { ...axis, label: y, size: 64, labelSize: 18 },
        ],
        series: [
          { label: x },
          ...used.map(({ label, colour, width = 2, dash, holds = false }) => ({
            label,
            stroke: css(colour),
            width,
            spanGaps: true,
            ...(dash === undefined ? {} : { dash }),
            ...(holds ? { paths: steps } : {}),
            points: { show: used.length <= 4 && xs.length < 80, size: 5 },
            value: (_: uPlotType, value: number | null) =>
              value === null ? '–' : String(Number(value.toPrecision(4))),
          })),
        ],
        hooks: overTime ? { draw: [shadeFaults] } : {},
      },
      [xs, ...columns] as uPlotType.AlignedData,
      place,
    )
    new ResizeObserver(() => chart.setSize({ width: place.clientWidth, height: 240 })).observe(place)
  }

  const steps = uPlot.paths.stepped!({ align: 1 })

  // On a logarithmic axis uPlot hands null for what it would leave out, unless all are to stay.
  const eachSize = {
    splits: (chart: uPlotType) => chart.data[0] as number[],
    values: (_: uPlotType, at: number[]) => at.map((value) => value.toLocaleString('en')),
    filter: (_: uPlotType, at: number[]) => at,
  }
  /** There is no half of a round. */
  const wholeSteps = [1, 2, 5].flatMap((step) => [1, 10, 100, 1_000].map((power) => step * power)).sort((a, b) => a - b)

  const ofRuns = (pick: (run: ReportRun) => Curve['points'], name: string): Curve[] =>
    runs.map((run, i) => ({
      label: runs.length === 1 ? name : `${name}, ${run.label}`,
      colour: colours[i]!,
      points: pick(run),
      ...(i === 0 ? {} : { dash: [7, 4] }),
    }))

  plot(
    'accuracy-time',
    'seconds',
    'accuracy',
    ofRuns((run) => run.rounds.map((r) => [r.seconds, r.accuracy]), 'accuracy'),
    { overTime: true },
  )
  plot(
    'accuracy-bytes',
    'MB sent',
    'accuracy',
    ofRuns((run) => run.rounds.map((r) => [r.megabytes, r.accuracy]), 'accuracy'),
  )
  plot(
    'present',
    'seconds',
    'peers',
    ofRuns((run) => run.samples.map((s) => [s.seconds, s.present]), 'present'),
    { overTime: true },
  )
  plot(
    'modelled',
    'seconds',
    'devices',
    ofRuns((run) => run.samples.map((s) => [s.seconds, s.modelled]), 'modelled'),
    { overTime: true },
  )
  plot(
    'traffic',
    'seconds',
    'kB/s',
    ofRuns((run) => run.samples.map((s) => [s.seconds, s.kilobytesPerSecond]), 'sent'),
    { overTime: true },
  )
  plot(
    'durations',
    'round',
    'seconds',
    ofRuns((run) => run.rounds.map((r) => [r.round, r.duration]), 'a round takes'),
  )
  plot(
    'spread',
    'round',
    'ms',
    ofRuns((run) => run.rounds.map((r) => [r.round, r.spread]), '95 % have it after'),
  )
  plot('taken', 'round', 'contributions', [
    ...ofRuns((run) => run.rounds.map((r) => [r.round, r.taken]), 'taken'),
    ...ofRuns((run) => run.rounds.map((r) => [r.round, r.rejected]), 'left out').map((curve) => ({
      ...curve,
      colour: '--warm',
    })),
  ])
  plot(
    'reputation',
    'round',
    'thousandths of influence',
    first.reputation.map(({ peer, liar, rounds, points }) => ({
      label: peer,
      colour: liar ? '--warm' : '--accent',
      width: liar ? 2 : 1,
      holds: true,
      points: [
        ...rounds.map((round, i) => [round, points[i]!] as const),
        [first.rounds.at(-1)?.round ?? 1, points.at(-1)!] as const,
      ],
    })),
  )

  growth.forEach(({ name, unit, points, slope }, i) => {
    const mean = (axis: 0 | 1) => points.reduce((sum, point) => sum + Math.log(point[axis]), 0) / points.length
    const fitted = (peers: number) => Math.exp(mean(1) + slope * (Math.log(peers) - mean(0)))
    plot(
      `growth-${i}`,
      'peers',
      unit,
      [
        { label: name, colour: '--accent', points },
        {
          label: 'fit',
          colour: '--second',
          dash: [7, 4],
          points: points.map(([peers]) => [peers, fitted(peers)] as const),
        },
      ],
      { logarithmic: true },
    )
  })

  const drawMembership = () => {
    const canvas = document.getElementById('membership') as HTMLCanvasElement | null
    if (canvas === null || first.membership.length === 0) return
    const ratio = devicePixelRatio
    const [left, row] = [150, 14]
    const width = canvas.parentElement!.clientWidth
    const height = 22 + row * first.membership.length
    canvas.width = width * ratio
    canvas.height = height * ratio
    canvas.style.width = `${width}px`
    canvas.style.height = `${height}px`
    const context = canvas.getContext('2d')!
    context.scale(ratio, ratio)
    context.font = '11px system-ui, sans-serif'
    const cell = Math.min(24, (width - left) / Math.max(1, first.rounds.length))
    const fills: Record<string, string> = { c: '--accent', r: '--warm', l: '--line-strong' }
    first.membership.forEach(({ peer, liar, marks }, i) => {
      context.fillStyle = css(liar ? '--warm' : '--ink-2')
      context.fillText(liar ? `${peer} (lies)` : peer, 0, i * row + 11)
      for (let at = 0; at < marks.length; at++) {
        const fill = fills[marks[at]!]
        if (fill === undefined) continue
        context.fillStyle = css(fill)
        context.fillRect(left + at * cell, i * row + 2, Math.max(1, cell - 1), row - 3)
      }
    })
    context.fillStyle = css('--ink-2')
    const step = Math.max(1, Math.ceil(first.rounds.length / 10))
    for (let at = 0; at < first.rounds.length; at += step) {
      context.fillText(String(first.rounds[at]!.round), left + at * cell, height - 6)
    }
  }
  drawMembership()
  addEventListener('resize', drawMembership)
}
