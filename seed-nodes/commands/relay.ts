/** `zen relay`: a relay alone. @module */
import { Command } from 'commander'
import { createRelay } from '../../relay/create-relay.ts'
import { loadIdentity } from '../identity-file.ts'
import { loadPorts } from '../ports-file.ts'
import { createReporter } from '../reporter.ts'
import { untilStopped } from '../signals.ts'
import { addressList, jsonOption } from './options.ts'

interface RelayOptions {
  readonly dir: string
  readonly host: string
  readonly peer: readonly string[]
  readonly announce: readonly string[]
  readonly json: boolean
}

export function relayCommand(): Command {
  return new Command('relay')
    .description('start a relay alone: it introduces peers and trains nothing')
    .option('--dir <dir>', 'where its identity and ports are kept', '.zen/relay')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--peer <multiaddr>', 'another relay or seed to stay connected to (repeatable)', addressList, [])
    .option('--announce <multiaddr>', 'our address as others see it (repeatable)', addressList, [])
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  zen relay --host 0.0.0.0 --announce /dns4/relay.example.org/tcp/443/wss')
    .action(async (options: RelayOptions) => {
      const reporter = createReporter(options.json, false)
      const { secretSeed } = await loadIdentity(options.dir)
      const relay = await createRelay({
        secretSeed,
        host: options.host,
        ports: await loadPorts(options.dir, options.host),
        announce: options.announce.length > 0 ? options.announce : undefined,
        bootstrap: options.peer,
        onFault: (where, error) => reporter.fault(where, error),
      })
      try {
        reporter.ready({ multiaddrs: relay.addresses(), peerId: relay.peerId })
        await untilStopped()
      } finally {
        await relay.stop()
      }
    })
}
