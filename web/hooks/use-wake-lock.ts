/**
 * Keeps the screen on while wanted: a phone that sleeps stops training. The system takes the lock away whenever the page
 * is hidden, so it is asked for again when it shows.
 * @module
 */
import { useEffect, useState } from 'preact/hooks'

/** @returns whether the browser can, and whether the screen is kept on now */
export function useWakeLock(wanted: boolean): { supported: boolean; held: boolean } {
  const supported = 'wakeLock' in navigator
  const [held, setHeld] = useState(false)
  useEffect(() => {
    if (!supported || !wanted) return
    let sentinel: WakeLockSentinel | undefined
    let over = false
    const request = async () => {
      if (document.visibilityState !== 'visible') return
      // Refused on an empty battery, for instance: then the screen sleeps as ever.
      const granted = await navigator.wakeLock.request('screen').catch(() => undefined)
      if (granted === undefined) return
      if (over) return granted.release()
      sentinel = granted
      setHeld(true)
      granted.addEventListener('release', () => setHeld(false))
    }
    void request()
    document.addEventListener('visibilitychange', request)
    return () => {
      over = true
      document.removeEventListener('visibilitychange', request)
      void sentinel?.release()
    }
  }, [supported, wanted])
  return { supported, held }
}
