export * from './encode-table.ts'
export * from './infer-layout.ts'
export * from './parse-table.ts'
export * from './table-reading.ts'
