/**
 * Learns from real data, and fails where a figure misses its bar: four hospitals, MNIST, Shakespeare by speaker. Each part
 * is also a benchmark, which writes what it found.
 */
import { run as heart } from '../bench/heart.ts'
import { run as mnist } from '../bench/mnist.ts'
import type { BenchResult } from '../bench/result.ts'
import { run as shakespeare } from '../bench/shakespeare.ts'

const parts = { heart, mnist, shakespeare }

/** A loss must not lie above its bar; all else not below. */
function misses({ value, unit, bar }: BenchResult): boolean {
  return bar !== undefined && (unit === 'nats' ? value > bar : value < bar)
}

export async function run() {
  let passed = 0
  const failed: { seed: number; reason: string }[] = []
  for (const [part, bench] of Object.entries(parts)) {
    for (const result of await bench()) {
      const { name, value, unit, bar } = result
      process.stdout.write(
        `${part}: ${name} ${value.toFixed(4)} ${unit}${bar === undefined ? '' : ` (bar ${bar.toFixed(4)})`}\n`,
      )
      if (misses(result)) failed.push({ seed: 1, reason: `${part}: ${name} is ${value}, its bar ${bar}` })
      else if (bar !== undefined) passed++
    }
  }
  return { passed, failed }
}
