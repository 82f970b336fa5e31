/** Options that several commands share, and the readers of their values. @module */
import { multiaddr } from '@multiformats/multiaddr'
import { InvalidArgumentError, Option } from 'commander'
import { isPeerId, type PeerId } from '../../peer-core/index.ts'

export function jsonOption(): Option {
  return new Option('--json', 'print one JSON object a line').default(false)
}

export function engineOption(): Option {
  return new Option('--engine <name>', 'what trains').choices(['auto', 'webgpu', 'wasm', 'cpu']).default('auto')
}

export function invitationOption(): Option {
  return new Option('--invitation <text|link|file>', 'to be let in by, where the task asks for one (see `zen invite`)')
}

/** @throws what commander tells in one line */
export function peerId(text: string): PeerId {
  if (!isPeerId(text)) throw new InvalidArgumentError('expected a peer id, 12D3KooW…')
  return text
}

export function port(text: string): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value > 65_535) throw new InvalidArgumentError('expected a port from 0 to 65535')
  return value
}

export function positiveInteger(text: string): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < 1 || !Number.isSafeInteger(value)) {
    throw new InvalidArgumentError('expected a whole number above 0')
  }
  return value
}

export function address(text: string): string {
  try {
    return multiaddr(text).toString()
  } catch {
    throw new InvalidArgumentError('not a multiaddr; expected something like /ip4/127.0.0.1/tcp/4001/p2p/12D3KooW…')
  }
}

export function addressList(text: string, before: readonly string[]): string[] {
  return [...before, address(text)]
}
