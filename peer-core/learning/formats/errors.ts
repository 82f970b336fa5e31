/** What can be wrong with a model file, or with a model that a format cannot hold. @module */
import { ZenError } from '../../foundation/index.ts'

/** `file` is the name that the caller gave to the bytes; `layer` counts from 0 where it is a number. */
export type FormatFault =
  | { code: 'MALFORMED'; file: string; why: string }
  | { code: 'TRUNCATED'; file: string; expected: number; actual: number }
  | { code: 'UNKNOWN_TYPE'; file: string; tensor: string; type: string }
  | { code: 'MISSING_TENSOR'; file: string; tensor: string }
  | { code: 'WRONG_TENSOR'; file: string; tensor: string; expected: string; actual: string }
  | { code: 'UNKNOWN_LAYER'; file: string; layer: string; kind: string }
  | { code: 'UNSUPPORTED'; file: string; layer: string; why: string }
  | { code: 'CANNOT_EXPORT'; format: string; layer: number; kind: string }
export class FormatError extends ZenError<FormatFault> {}

/** @throws {@link FormatError} `MALFORMED` */
export function malformed(file: string, why: string): never {
  throw new FormatError({ code: 'MALFORMED', file, why }, `${file}: ${why}`)
}

/** @throws {@link FormatError} `UNSUPPORTED`, naming the layer */
export function unsupported(file: string, layer: string, why: string): never {
  throw new FormatError({ code: 'UNSUPPORTED', file, layer, why }, `${file}: layer ${layer}: ${why}`)
}

/** @throws {@link FormatError} `CANNOT_EXPORT`, naming the layer */
export function cannotExport(format: string, layer: number, kind: string): never {
  const fault = { code: 'CANNOT_EXPORT', format, layer, kind } as const
  throw new FormatError(
    fault,
    `layer ${layer} (${kind}) has no counterpart in ${format}; safetensors holds every model`,
  )
}
