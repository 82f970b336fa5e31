/** The page with a fake peer: `preview.html?scene=training`, or `?at=start` and so on for what comes before. @module */
import { render } from 'preact'
import { App } from '../../web/app.tsx'
import { localPreferences } from '../../web/preferences.ts'
import { readSeedStatus } from '../../web/seed-status.ts'
import { createSession, type SessionParts } from '../../web/session.ts'
import { tabLock } from '../../web/single-tab.ts'
import '../../web/styles/index.css'
import { fakePeer, type Scene, scenes, selfId, spec, specs, taskId } from './fake-peer.ts'

declare global {
  interface Window {
    calls: string[]
  }
}

const query = new URLSearchParams(location.search)
const scene = scenes.find((name) => name === query.get('scene')) ?? 'training'
/** Where to stop: `offer`, `starting`, `failed`, `no-seed`; `live` goes on by itself. */
const at = query.get('at') ?? 'offer'
const peer = fakePeer(scene satisfies Scene)
window.calls = peer.calls

const preferences = { ...localPreferences(), contributingTo: () => undefined, setContributingTo() {} }
const parts: SessionParts = {
  async startPeer({ onStep }) {
    onStep('engine')
    if (at === 'failed') throw new Error('no seed answered within 15 s')
    if (at === 'starting') return new Promise(() => {})
    return peer
  },
  async fetchSeedStatus() {
    if (at === 'no-seed') throw new Error('the seed does not answer')
    const offered = specs[query.get('task') ?? 'images'] ?? spec
    return readSeedStatus({
      peerId: selfId,
      multiaddrs: [],
      tasks: [{ id: taskId, spec: offered, round: 11, peers: 7, accuracy: 0.961 }],
    })
  },
  tabLock: tabLock(),
  preferences,
}
const session = createSession(parts)
if (query.has('ticking')) setInterval(peer.tick, 100)
await session.begin()
render(<App session={session} preferences={preferences} />, document.getElementById('app')!)
if (at !== 'offer' && at !== 'no-seed') void session.contribute(taskId)
