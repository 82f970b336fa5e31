/**
 * A turn of the event loop, so that a cancel can arrive between two steps. `setTimeout` would take 4 ms in a browser, a
 * microtask none at all; a message takes about 10 µs.
 * @module
 */
export const turn: () => Promise<void> =
  typeof setImmediate === 'function' ? () => new Promise((resolve) => setImmediate(resolve)) : byMessages()

function byMessages(): () => Promise<void> {
  const { port1, port2 } = new MessageChannel()
  const waiting: (() => void)[] = []
  port1.onmessage = () => waiting.shift()?.()
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve)
      port2.postMessage(undefined)
    })
}
