/**
 * What every adapter of a port must show, as data: one list of cases runs under vitest and, bundled, in a real browser's
 * page, where no test runner is.
 * @module
 */
import { type Fault, messageOf, ZenError } from '../foundation/index.ts'

export interface ComplianceCase<T> {
  /** Finishes the sentence "it …". */
  readonly name: string
  /** @param create - a new and empty adapter; whoever hands it over also closes it */
  run(create: () => Promise<T>): Promise<void>
}

/** @throws {Error} that tells both values, unless they are equal: bytes by content, plain objects and arrays in depth */
export function expectEqual(actual: unknown, expected: unknown): void {
  if (!isEqual(actual, expected)) throw new Error(`expected ${shown(expected)}, got ${shown(actual)}`)
}

/** @throws {Error} unless `promise` rejects with a {@link ZenError} of exactly these facts */
export async function expectFault<F extends Fault>(promise: Promise<unknown>, fault: F): Promise<void> {
  const thrown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (!(thrown instanceof ZenError)) throw new Error(`expected the fault ${shown(fault)}, got ${messageOf(thrown)}`)
  expectEqual(thrown.fault, fault)
}

function isEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (a instanceof Uint8Array && b instanceof Uint8Array) {
    return a.length === b.length && a.every((byte, i) => byte === b[i])
  }
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false
  const keys = Object.keys(a)
  const other = b as Record<string, unknown>
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && isEqual((a as Record<string, unknown>)[key], other[key]))
  )
}

function shown(value: unknown): string {
  const text = JSON.stringify(value, (_, part: unknown) =>
    part instanceof Uint8Array ? `bytes(${part.length}): ${part.subarray(0, 16).join(' ')}` : part,
  )
  return text ?? String(value)
}
