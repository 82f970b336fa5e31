/** A relay as a process of its own, to be killed: `relay-child.ts SECRET TCP WEBSOCKET WEBRTC_DIRECT`; prints its addresses. @module */
import { hexToBytes } from '../../peer-core/foundation/index.ts'
import { createRelay } from '../../relay/create-relay.ts'

const [secret = '', ...numbers] = process.argv.slice(2)
const [tcp = 0, websocket = 0, webrtcDirect = 0] = numbers.map(Number)
const relay = await createRelay({ secretSeed: hexToBytes(secret), ports: { tcp, websocket, webrtcDirect } })
process.stdout.write(`${JSON.stringify(relay.addresses())}\n`)
process.on('disconnect', () => process.exit())
