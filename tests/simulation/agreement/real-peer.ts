/**
 * `real-peer.ts NAME [MULTIADDR]`: one device of the agreed scenario as a process of its own, on libp2p over loopback and the
 * real clock. Prints its addresses, then each commit.
 */
import { createPeer, type Identity, type PeerId, realClock, seededRandom, sleep } from '../../../peer-core/index.ts'
import { createMemoryDisk, openMemoryStores } from '../../../peer-core/testing/memory-stores.ts'
import { createContributorNetwork, createSeedNetwork } from '../../../seed-nodes/network/index.ts'
import { createCast } from '../../../simulator/world/cast.ts'
import { createCurriculum } from '../../../simulator/world/data.ts'
import { createStudies } from '../../../simulator/world/studies.ts'
import { createTask } from '../../../simulator/world/task.ts'
import { type AgreedRound, agreed, agreedSeed } from './scenario.ts'

const [name = '', bootstrap] = process.argv.slice(2)
const cast = createCast(agreed, agreedSeed)
const curriculum = createCurriculum(agreed.data, agreedSeed)
const task = createTask(agreed, agreedSeed, cast, curriculum)
const studies = await createStudies(agreed, agreedSeed, cast, curriculum, (_, where, error) => {
  process.stderr.write(`${name}: ${where}: ${String(error)}\n`)
})
const everyone = [...cast.seeds, ...Array.from({ length: cast.size }, (_, i) => cast.contributor(i))]
const device = everyone.find((one) => one.name === name)!
const nameOf = (peer: PeerId) => everyone.find(({ identity }) => identity.peerId === peer)?.name ?? peer
const isSeed = cast.seeds.includes(device)

const identity: Identity = device.identity
const { secretSeed } = identity
const network = isSeed
  ? await createSeedNetwork({ secretSeed })
  : await createContributorNetwork({ secretSeed, bootstrap: [bootstrap!] })
const disk = createMemoryDisk()
if (isSeed) disk.tasks.set(task.id, { id: task.id, bytes: task.bytes })
const clock = { ...realClock, hold: <T>(work: Promise<T>) => work }
const pace = { clock, msPerStep: () => device.msPerStep }
const started = Date.now()
const peer = createPeer({
  identity,
  network,
  stores: openMemoryStores(disk),
  clock: realClock,
  random: seededRandom(name),
  ...(isSeed
    ? { evaluator: studies.evaluator(clock) }
    : { trainer: studies.trainer(device, pace, () => Date.now() - started) }),
})
peer.onEvent((event) => {
  if (event.kind !== 'commit') return
  const told: AgreedRound = {
    round: event.round,
    model: event.model.slice(0, 16),
    contributors: event.contributors.map(nameOf).sort(),
    rejected: Object.fromEntries(event.rejected.map((one) => [nameOf(one.peer), one.reason])),
  }
  process.stdout.write(`${JSON.stringify(told)}\n`)
})
await peer.start()
if (isSeed) await peer.share(task.test)
process.stdout.write(`${JSON.stringify({ addresses: network.addresses() })}\n`)
const seed = cast.seeds[0]!.identity.peerId
for (let found = isSeed; !found; ) {
  found = (await peer.discover(seed).catch(() => [])).some((id) => id === task.id)
  if (!found) await sleep(realClock, 200)
}
await peer.join(task.id, isSeed ? {} : { ownData: curriculum.ofDevice(name) })
process.on('disconnect', () => process.exit())
