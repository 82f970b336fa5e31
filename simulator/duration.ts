/** Durations as people write them. @module */
const factors = { s: 1, m: 60, h: 3_600 } as const

/** @param text - `90`, `90s`, `5m`, `1.5h`. @returns seconds, or `undefined` for anything else */
export function readDuration(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([smh]?)$/.exec(text)
  if (match === null) return undefined
  const unit = (match[2] || 's') as keyof typeof factors
  const seconds = Number(match[1]) * factors[unit]
  return seconds > 0 ? seconds : undefined
}
