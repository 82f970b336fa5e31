export * from './errors.ts'
export { type Exchange, type ExchangeComponents, type ExchangeInit, exchange } from './exchange.ts'
export type { FetchOptions, FetchResult } from './fetch.ts'
