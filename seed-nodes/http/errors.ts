import { ZenError } from '../../peer-core/index.ts'

export type HttpFault =
  | { code: 'PORT_IN_USE'; host: string; port: number }
  | { code: 'CANNOT_LISTEN'; host: string; port: number; reason: string }
export class HttpError extends ZenError<HttpFault> {}
