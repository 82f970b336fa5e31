export * from './speakers.ts'
export * from './tokenizer.ts'
export * from './windows.ts'
