/**
 * One error class per room: the facts are a union, told apart by a stable `code`.
 *
 * ```ts
 * export type ExchangeFault = { code: 'NO_PROVIDER'; blob: BlobId } | { code: 'DEADLINE'; afterMs: number }
 * export class ExchangeError extends ZenError<ExchangeFault> {}
 * ```
 *
 * Programmer mistakes are `TypeError`/`RangeError`; a peer's misbehaviour is a value, never an exception.
 * @module
 */
export interface Fault {
  readonly code: string
}

export class ZenError<F extends Fault> extends Error {
  readonly fault: F

  /**
   * @param fault - the facts; `fault.code` is stable
   * @param message - one line for a person: what, where, and what to do about it
   */
  constructor(fault: F, message?: string, options?: ErrorOptions) {
    super(message ?? describe(fault), options)
    this.name = new.target.name
    this.fault = fault
  }

  get code(): F['code'] {
    return this.fault.code
  }
}

function describe(fault: Fault): string {
  const { code, ...facts } = fault
  const told = Object.entries(facts).map(([name, value]) => `${name}=${String(value)}`)
  return told.length === 0 ? code : `${code}: ${told.join(', ')}`
}

/** What went wrong, in one line, whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
