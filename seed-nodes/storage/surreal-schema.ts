/**
 * The tables, so that a person can query them. Ids are arrays of what they are keyed by (`commit:[task, round]`), which a
 * query can be given as parameters and a range can run over; the key's parts stand as fields too.
 *
 * Tables are defined before the first write: two writers that create one on the way conflict.
 * @module
 */
const tables = {
  /** `task:[id]`, the signed envelope as received */
  task: { task: 'string', bytes: 'bytes' },
  /** `commit:[task, round]`, the certificate as received */
  commit: {
    task: 'string',
    round: 'int',
    hash: 'string',
    model: 'string',
    contributors: 'int',
    rejected: 'int',
    at: 'int',
    bytes: 'bytes',
  },
  /** `head:[task]`: the last round. A range read backwards would scan every commit. */
  head: { task: 'string', round: 'int' },
  /** `evaluation:[task, round, peer]` */
  evaluation: {
    task: 'string',
    round: 'int',
    peer: 'string',
    loss: 'float',
    accuracy: 'float',
    examples: 'int',
    auc: 'option<float>',
    f1: 'option<float>',
  },
  /** `blob:[hash]`: apart from the bytes, since any query of a table reads its values */
  blob: { hash: 'string', size: 'int', at: 'int' },
  /** `chunk:[hash, index]`: the bytes of a blob in parts */
  chunk: { bytes: 'bytes' },
  /** `record:[key]` */
  record: { key: 'string', bytes: 'bytes' },
} as const

export type TableName = keyof typeof tables
export const tableNames = Object.keys(tables) as readonly TableName[]

/** Statements that may run on every start. */
export const schema: readonly string[] = Object.entries(tables).flatMap(([table, fields]) => [
  `DEFINE TABLE IF NOT EXISTS ${table} SCHEMAFULL`,
  ...Object.entries(fields).map(([field, type]) => `DEFINE FIELD IF NOT EXISTS ${field} ON ${table} TYPE ${type}`),
])
