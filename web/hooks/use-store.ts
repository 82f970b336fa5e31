/** Values that change outside of a component: a snapshot, a session's state, the time, a media query. @module */
import { useEffect, useState } from 'preact/hooks'

/** Renders again whenever `subscribe`'s listener is called and `read` gives another value. */
export function useStore<T>(subscribe: (listener: () => void) => () => void, read: () => T): T {
  const [value, setValue] = useState(read)
  // A store is one object: `read` does not change without `subscribe`.
  useEffect(() => {
    const update = () => setValue(() => read())
    update()
    return subscribe(update)
  }, [subscribe])
  return value
}

/** Milliseconds since 1970, read again every `everyMs`; it stands still while `active` is false. */
export function useNow(everyMs: number, active: boolean): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    if (!active) return
    setNow(Date.now())
    const timer = setInterval(() => setNow(Date.now()), everyMs)
    return () => clearInterval(timer)
  }, [everyMs, active])
  return now
}

/** Whether `condition` has held for `ms` without a break: what passes by itself in a moment need not be said. */
export function useLasting(condition: boolean, ms: number): boolean {
  const [lasting, setLasting] = useState(false)
  useEffect(() => {
    if (!condition) return
    const timer = setTimeout(() => setLasting(true), ms)
    return () => {
      clearTimeout(timer)
      setLasting(false)
    }
  }, [condition, ms])
  return lasting && condition
}

export function useMediaQuery(query: string): boolean {
  const [matches, setMatches] = useState(() => matchMedia(query).matches)
  useEffect(() => {
    const list = matchMedia(query)
    const update = () => setMatches(list.matches)
    update()
    list.addEventListener('change', update)
    return () => list.removeEventListener('change', update)
  }, [query])
  return matches
}
