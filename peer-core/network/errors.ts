import { ZenError } from '../foundation/index.ts'

export type NetworkFault =
  | { code: 'UNREACHABLE'; peer: string; reason: string }
  | { code: 'BANNED'; peer: string }
  | { code: 'TOO_MANY_CONNECTIONS'; peer: string; limit: number }
  | { code: 'PROTOCOL_UNKNOWN'; peer: string; protocol: string }
  | { code: 'FRAME_TOO_LARGE'; bytes: number; limit: number }
  | { code: 'STREAM_ENDED'; peer: string; reason: string }
  | { code: 'NO_RECORD_RULES'; key: string }
  | { code: 'RECORD_REFUSED'; key: string }
  | { code: 'CANNOT_LISTEN'; address: string; reason: 'in use' | 'not allowed' | 'not of this machine' }
  | { code: 'NOT_RUNNING' }
export class NetworkError extends ZenError<NetworkFault> {}

/** What ends a handler's stream without being the handler's mistake: the stream broke, or its other end kept it waiting too long. */
export function isTheOtherEnds(error: unknown): boolean {
  return error instanceof NetworkError || (error instanceof DOMException && error.name === 'TimeoutError')
}
