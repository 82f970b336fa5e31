/** A seed's snapshot for the tests: one task, three commits, three peers. @module */
import {
  createIdentity,
  type Hash,
  type PeerId,
  type RoundView,
  type Snapshot,
  sha256,
  type TaskId,
  taskSchema,
  utf8ToBytes,
} from '../../peer-core/index.ts'

export const self = peer(1)
export const taskId = named('task') as TaskId

export function peer(seed: number): PeerId {
  return createIdentity(new Uint8Array(32).fill(seed)).peerId
}

export function named(text: string): Hash {
  return sha256(utf8ToBytes(text))
}

export const spec = taskSchema.parse({
  v: 1,
  name: 'handwriting',
  model: { input: [4], layers: [{ kind: 'dense', units: 2 }] },
  data: { kind: 'images', shape: [2, 2, 1], classes: ['0', '1'], train: [] },
  training: {},
  round: {},
  aggregation: { pipeline: ['mean'] },
  committee: [{ peer: self, power: 1 }],
  seed: 1,
  created: 0,
})

export function round(number: number, facts: Partial<RoundView> = {}): RoundView {
  return {
    round: number,
    hash: named(`commit ${number}`),
    model: named(`model ${number}`),
    contributors: [peer(2), peer(3)],
    rejected: [{ peer: peer(4), reason: 'non-finite' }],
    at: 1_700_000_000_000 + number,
    mine: 'none',
    ...facts,
  }
}

export function snapshot(facts: Partial<Snapshot> = {}): Snapshot {
  const heard = { role: 'contributor', status: 'training', engine: 'wasm', round: 2, reputation: 0.5 } as const
  return {
    self,
    engine: { name: 'cpu', detail: 'TF.js 4.22' },
    addresses: [`/ip4/127.0.0.1/tcp/4001/ws/p2p/${self}`],
    tasks: [
      {
        id: taskId,
        spec,
        joined: true,
        activity: { kind: 'training', round: 3, step: 5, steps: 200, loss: Number.NaN },
        deadline: 1_700_000_060_000,
        quorum: true,
        rounds: [round(1, { loss: 0.9, accuracy: 0.6 }), round(2, { loss: 0.5, accuracy: 0.8 }), round(3)],
        peers: [
          { ...heard, peer: peer(2), path: 'webrtc', lastSeen: 10 },
          { ...heard, peer: peer(3), path: 'webrtc', lastSeen: 11 },
          { ...heard, peer: peer(4), lastSeen: 12 },
        ],
        mine: { accepted: 0, rejected: 0, examples: 0, steps: 0 },
        joinedFrom: {},
        mixes: 0,
        refusals: { BAD_SIGNATURE: 4 },
      },
    ],
    traffic: { webrtc: { sent: 100, received: 7 }, tcp: { sent: 1, received: 2 } },
    notices: [],
    ...facts,
  }
}
