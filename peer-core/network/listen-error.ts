/** What a listener's failure means, told in one line: libp2p tells it as the stacks of all listeners. @module */
import { messageOf } from '../foundation/index.ts'
import { NetworkError } from './errors.ts'

const reasons = { EADDRINUSE: 'in use', EACCES: 'not allowed', EADDRNOTAVAIL: 'not of this machine' } as const

/**
 * @param listen - the multiaddrs that were to be listened on
 * @returns `CANNOT_LISTEN` where the error says which address and why; otherwise the error as it is
 */
export function listenError(error: unknown, listen: readonly string[]): unknown {
  const text = messageOf(error)
  const told = (address: string, reason: (typeof reasons)[keyof typeof reasons]) =>
    new NetworkError({ code: 'CANNOT_LISTEN', address, reason }, `cannot listen on ${address}: it is ${reason}`, {
      cause: error,
    })
  const [, code, address] = /(EADDRINUSE|EACCES|EADDRNOTAVAIL): [^\n]* (\S+)$/m.exec(text) ?? []
  if (address !== undefined) return told(address, reasons[code as keyof typeof reasons])
  // libjuice, below WebRTC-direct, names neither the port nor the reason.
  const udp = listen.find((candidate) => candidate.includes('/webrtc-direct'))
  if (udp !== undefined && text.includes('UDP mux')) return told(udp, 'in use')
  return error
}
