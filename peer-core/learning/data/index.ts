export * from './handwriting.ts'
export * from './idx.ts'
export * from './shard-blob.ts'
export * from './sharding.ts'
