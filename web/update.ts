/**
 * The service worker: it keeps the page for offline use. A new version of the page waits until nothing runs here, so that
 * no round is interrupted for it.
 * @module
 */
import { registerSW } from 'virtual:pwa-register'
import type { Session } from './session.ts'

export function watchForUpdates(session: Session): void {
  let waiting = false
  const updateWhenIdle = () => {
    const { kind } = session.state()
    if (waiting && (kind === 'offer' || kind === 'no-seed' || kind === 'elsewhere')) void update(true)
  }
  const update = registerSW({
    onNeedRefresh() {
      waiting = true
      updateWhenIdle()
    },
  })
  session.subscribe(updateWhenIdle)
}
