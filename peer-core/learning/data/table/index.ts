export * from './encode-table.ts'
export * from './infer-layout.ts'
export * from './parse-table.ts'
