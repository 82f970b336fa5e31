/**
 * What can be wrong with a model or with examples.
 * @module
 */
import { ZenError } from '../foundation/index.ts'

/** `layer` counts from 0. */
export type ModelFault =
  | { code: 'WRONG_RANK'; layer: number; kind: string; expected: number; shape: string }
  | { code: 'WINDOW_TOO_LARGE'; layer: number; kind: string; window: number; shape: string }
  | { code: 'NOT_DIVISIBLE'; layer: number; kind: string; channels: number; parts: number }
  | { code: 'NOT_FIRST'; layer: number; kind: string }
  | { code: 'SHORTCUT_MISMATCH'; layer: number; output: string; shortcut: string }
  | { code: 'NOT_LOGITS'; layer: number; why: string }
  | { code: 'WRONG_CLASSES'; layer: number; expected: number; actual: number }
  | { code: 'WRONG_POSITIONS'; layer: number; expected: number; actual: number }
  | { code: 'WRONG_INPUT'; expected: string; actual: string }
  | { code: 'TOO_LARGE'; layer: number; what: 'parameters' | 'activations'; actual: number; limit: number }
  | { code: 'UNKNOWN_TOKEN'; at: number; token: number; vocabulary: number }
  | { code: 'UNKNOWN_PRESET'; preset: string; known: string }
export class ModelError extends ZenError<ModelFault> {}

/** `file` is the name that the caller gave to the bytes; `row` counts from 1 and the header is one, as a spreadsheet numbers them. */
export type DataFault =
  | { code: 'MISSING_FILE'; file: string }
  | { code: 'UNREADABLE'; file: string; why: string }
  | { code: 'EMPTY'; file: string }
  | { code: 'WRONG_MAGIC'; file: string; expected: string; actual: string }
  | { code: 'TRUNCATED'; file: string; expected: number; actual: number }
  | { code: 'TRAILING_BYTES'; file: string; expected: number; actual: number }
  | { code: 'BAD_GZIP'; file: string; why: string }
  | { code: 'TOO_LARGE'; file: string; bytes: number; limit: number }
  | { code: 'COUNT_MISMATCH'; images: string; imageCount: number; labels: string; labelCount: number }
  | { code: 'LABEL_OUT_OF_RANGE'; file: string; at: number; label: number; classes: number }
  | { code: 'WRONG_SHAPE'; file: string; expected: string; actual: string }
  | { code: 'TOO_FEW_EXAMPLES'; examples: number; shards: number }
  | { code: 'BROKEN_IMAGE'; file: string; why: string }
  | { code: 'NO_CLASS'; file: string }
  | { code: 'UNKNOWN_CLASS'; file: string; value: string }
  | { code: 'NOT_FINITE'; file: string; at: number }
  | { code: 'NOT_TEXT'; file: string }
  | { code: 'TEXT_TOO_SHORT'; file: string; tokens: number; needed: number }
  | { code: 'BAD_QUOTES'; file: string; row: number; why: string }
  | { code: 'RAGGED_ROW'; file: string; row: number; expected: number; actual: number }
  | { code: 'DUPLICATE_COLUMN' | 'MISSING_COLUMN' | 'ALL_MISSING'; file: string; column: string }
  | { code: 'TOO_MANY_VALUES'; file: string; column: string; distinct: number; limit: number }
  | {
      code: 'NOT_A_NUMBER' | 'UNKNOWN_CATEGORY' | 'UNKNOWN_LABEL'
      file: string
      row: number
      column: string
      value: string
    }
  | { code: 'TOO_FEW_CLASSES'; file: string; classes: number }
export class DataError extends ZenError<DataFault> {}
