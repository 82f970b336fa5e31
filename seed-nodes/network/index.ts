export * from './create-seed-network.ts'
