/** Composition root of the page: the real network, storage and engines, and one session that is shown. @module */
import { render } from 'preact'
import { App } from './app.tsx'
import { localPreferences } from './preferences.ts'
import { fetchSeedStatus } from './seed-status.ts'
import { createSession } from './session.ts'
import { tabLock } from './single-tab.ts'
import './styles/index.css'
import { invitationIn } from './invitation-link.ts'
import { watchForUpdates } from './update.ts'
import { chooseTrainer } from './worker/choose-trainer.ts'

const preferences = localPreferences()
const session = createSession({
  startPeer: async (options) =>
    (await import('./start-peer.ts')).startPeer(
      {
        findSeed: fetchSeedStatus,
        async openStores() {
          // The identity and what it has signed are not to be cleared to make room; a browser that refuses does no harm.
          void navigator.storage?.persist?.().catch(() => false)
          return (await import('./storage/indexed-db-stores.ts')).openIndexedDbStores()
        },
        createTrainer: async (task) =>
          chooseTrainer(preferences, (await import('./worker/create-worker-trainer.ts')).createWorkerTrainer, task),
        createPredictor: async () => (await import('./create-page-predictor.ts')).createPagePredictor(),
        createAggregation: async () =>
          (await import('./worker/create-worker-aggregation.ts')).createWorkerAggregation(),
        createNetwork: async ({ identity, seeds }) =>
          (await import('./network/create-browser-network.ts')).createBrowserNetwork({ identity, seeds }),
      },
      options,
    ),
  fetchSeedStatus,
  tabLock: tabLock(),
  invitation: invitationIn(location.hash),
  preferences,
})

// Says goodbye, so that nobody waits for a tab that is closed. A page that comes back from the cache starts anew.
window.addEventListener('pagehide', () => void session.stop())
window.addEventListener('pageshow', (event) => event.persisted && location.reload())
// A link with an invitation, opened where the page is open already.
window.addEventListener('hashchange', () => invitationIn(location.hash) !== undefined && location.reload())

// For the console and for tests: `zenMesh.peer()?.snapshot()`.
Object.assign(globalThis, {
  zenMesh: {
    peer() {
      const state = session.state()
      return state.kind === 'live' ? state.peer : undefined
    },
  },
})

watchForUpdates(session)
render(<App session={session} preferences={preferences} />, document.getElementById('app')!)
void session.begin()
