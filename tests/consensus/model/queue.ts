/** Events by virtual time, ties in the order of scheduling: a binary heap. */
export class EventQueue {
  #heap: { at: number; order: number; run: () => void }[] = []
  #order = 0
  now = 0

  schedule(at: number, run: () => void): void {
    const heap = this.#heap
    const event = { at: Math.max(at, this.now), order: this.#order++, run }
    let index = heap.push(event) - 1
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (!before(event, heap[parent]!)) break
      heap[index] = heap[parent]!
      index = parent
    }
    heap[index] = event
  }

  /** Runs the next event. @returns false when there is none up to `until` */
  next(until: number): boolean {
    const heap = this.#heap
    const first = heap[0]
    if (first === undefined || first.at > until) return false
    const last = heap.pop()!
    if (heap.length > 0) this.#sink(last)
    this.now = first.at
    first.run()
    return true
  }

  #sink(event: { at: number; order: number; run: () => void }): void {
    const heap = this.#heap
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child += 1
      if (!before(heap[child]!, event)) break
      heap[index] = heap[child]!
      index = child
    }
    heap[index] = event
  }
}

function before(a: { at: number; order: number }, b: { at: number; order: number }): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}
