/** Runs a relay as a process, and kills it. @module */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

export interface RelayProcess {
  readonly addresses: string[]
  /** kill -9 */
  kill(): Promise<void>
}

/** @param ports - TCP, WebSockets, WebRTC-direct; free ones when absent */
export async function startRelayProcess(secret: string, ports: readonly number[] = [0, 0, 0]): Promise<RelayProcess> {
  const child = fork(fileURLToPath(new URL('./relay-child.ts', import.meta.url)), [secret, ...ports.map(String)], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  const [line] = (await once(child.stdout!, 'data')) as [Buffer]
  return {
    addresses: JSON.parse(line.toString()) as string[],
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    },
  }
}

/** The ports of {@link RelayProcess.addresses}, to start it again where it was. */
export function portsOf(addresses: readonly string[]): number[] {
  return addresses.map((address) => Number(/\/(?:tcp|udp)\/(\d+)/.exec(address)?.[1]))
}
