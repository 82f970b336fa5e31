/**
 * Numbers for people. The page is written in English, so its numbers are too; times of day follow the reader's own
 * locale. Units are SI symbols, because `Intl` writes "sec" and "byte"; a no-break space keeps them with their number.
 * @module
 */
import { hour, minute, second } from '../peer-core/index.ts'

const language = 'en'
const wholes = new Intl.NumberFormat(language, { maximumFractionDigits: 0 })
const marks = new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 })
const fineMarks = new Intl.NumberFormat(language, { minimumFractionDigits: 2, maximumFractionDigits: 2 })
const tenths = new Intl.NumberFormat(language, { maximumFractionDigits: 1 })
const compact = new Intl.NumberFormat(language, { notation: 'compact', maximumSignificantDigits: 3 })
const percents = new Intl.NumberFormat(language, {
  style: 'percent',
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
})
const wholePercents = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 0 })
const losses = new Intl.NumberFormat(language, { minimumFractionDigits: 3, maximumFractionDigits: 3 })
const plurals = new Intl.PluralRules(language)
const clockTimes = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit', second: '2-digit' })
const byteUnits = ['B', 'kB', 'MB', 'GB', 'TB'] as const

/** `12345` → `12,345` */
export function formatCount(value: number): string {
  return wholes.format(value)
}

/** `57600` → `57.6K` */
export function formatCompact(value: number): string {
  return compact.format(value)
}

/** The marks of an axis, all with as many digits as their distance needs: `1, 0.5` → `1.0`; `0.1, 0.05` → `0.10`. */
export function formatTick(value: number, distance: number): string {
  return (distance < 0.1 ? fineMarks : marks).format(value)
}

/** Whole noun phrase: `1 → "1 round"`, `2 → "2 rounds"`. */
export function formatQuantity(value: number, one: string, many: string = `${one}s`): string {
  return `${wholes.format(value)} ${plurals.select(value) === 'one' ? one : many}`
}

/** @param share - in [0, 1]; `0.9634` → `96.3%` */
export function formatPercent(share: number): string {
  return percents.format(share)
}

/** Marks of an axis of shares: whole percents where their distance is one, else with a digit more. */
export function formatPercentTick(share: number, distance: number): string {
  const isWhole = Math.abs(distance * 100 - Math.round(distance * 100)) < 1e-9
  return (isWhole ? wholePercents : percents).format(share)
}

/** @param share - in [0, 1]; `0.9634` → `96%` */
export function formatWholePercent(share: number): string {
  return wholePercents.format(share)
}

/** `0.23061` → `0.231` */
export function formatLoss(loss: number): string {
  return losses.format(loss)
}

/** Decimal units (1 kB = 1000 bytes), one fraction digit below ten: `407080` → `407 kB`, `1204000` → `1.2 MB`. */
export function formatBytes(bytes: number): string {
  let value = Math.max(0, bytes)
  let unit = 0
  // 999.5 would be printed as 1,000 of the smaller unit.
  while (value >= 999.5 && unit < byteUnits.length - 1) {
    value /= 1000
    unit += 1
  }
  return withUnit(value, byteUnits[unit]!, unit > 0 && value < 9.95 ? tenths : wholes)
}

/** The two greatest units: `8` → `8 ms`, `41_000` → `41 s`, `125_000` → `2 min 5 s`, `3_780_000` → `1 h 3 min`. */
export function formatDuration(ms: number): string {
  const value = Math.max(0, ms)
  if (value < 999.5) return withUnit(value, 'ms', value < 9.95 ? tenths : wholes)
  const seconds = Math.round(value / second)
  if (seconds < minute / second) return withUnit(seconds, 's')
  if (seconds < hour / second) return twoUnits(seconds, 'min', 's')
  return twoUnits(Math.round(seconds / 60), 'h', 'min')
}

/** What is left until `until`, in whole seconds, rounded up so that it never says less than it takes. */
export function formatRemaining(until: number, now: number): string {
  return formatDuration(Math.ceil(Math.max(0, until - now) / second) * second)
}

/** Time of day in the reader's locale. @param at - milliseconds since 1970 */
export function formatTime(at: number): string {
  return clockTimes.format(at)
}

function withUnit(value: number, unit: string, format: Intl.NumberFormat = wholes): string {
  return `${format.format(value)}\u00a0${unit}`
}

/** @param value - in the lesser unit, of which sixty make a greater one */
function twoUnits(value: number, greater: string, lesser: string): string {
  const rest = value % 60
  const first = withUnit(Math.floor(value / 60), greater)
  return rest === 0 ? first : `${first} ${withUnit(rest, lesser)}`
}
