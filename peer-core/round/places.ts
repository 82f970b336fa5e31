/** Who keeps a place where places are few: nobody who stands well loses one to names that cost nothing. @module */

/** A total order: negative when `a` goes before `b`. */
export type Order<T> = (a: T, b: T) => number

/** @returns the last of those who hold a place, if `next` goes before it */
export function displacedBy<T>(next: T, held: Iterable<T>, order: Order<T>): T | undefined {
  let last: T | undefined
  for (const one of held) if (last === undefined || order(one, last) > 0) last = one
  return last !== undefined && order(next, last) < 0 ? last : undefined
}
