/**
 * Where things stand in a JSON text, for messages that name the line: `JSON.parse` tells it of some faults only, and of no
 * value.
 * @module
 */

/** Line, from 1, of the value at `path`; of the deepest part of the path that is there. */
export function lineOf(text: string, path: readonly PropertyKey[]): number {
  return lineAt(text, offsetOf(text, path))
}

/** Line of the first sign with which a text cannot go on to be JSON (RFC 8259), from 1; of its end, if it is cut off. */
export function brokenLine(text: string): number {
  const scalar = /"(?:[^"\\\n]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y
  let at = 0
  const take = (sign: string): boolean => {
    at = skipSpace(text, at)
    if (text[at] !== sign) return false
    at++
    return true
  }
  const takeScalar = (): boolean => {
    scalar.lastIndex = at = skipSpace(text, at)
    const found = scalar.test(text)
    if (found) at = scalar.lastIndex
    return found
  }
  const takeList = (end: string, item: () => boolean): boolean => {
    if (take(end)) return true
    do if (!item()) return false
    while (take(','))
    return take(end)
  }
  const takeValue = (): boolean => {
    if (take('{')) return takeList('}', () => takeScalar() && take(':') && takeValue())
    if (take('[')) return takeList(']', takeValue)
    return takeScalar()
  }
  if (takeValue()) at = skipSpace(text, at)
  return lineAt(text, at)
}

/** Line of the first list or object that is nested deeper than `levels`; also in a text that is not JSON. */
export function lineDeeperThan(levels: number, text: string): number | undefined {
  let depth = 0
  for (const { 0: sign, index } of text.matchAll(/"(?:[^"\\]|\\.)*"?|[[{\]}]/g)) {
    if (sign === '[' || sign === '{') depth++
    else if (sign === ']' || sign === '}') depth--
    if (depth > levels) return lineAt(text, index)
  }
  return undefined
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length
}

function offsetOf(text: string, path: readonly PropertyKey[]): number {
  let at = skipSpace(text, 0)
  for (const key of path) {
    const next = childOf(text, at, key)
    if (next === undefined) return at
    at = next
  }
  return at
}

/** Offset of a member's value; of a name that stands there twice, the last, which `JSON.parse` takes. */
function childOf(text: string, start: number, key: PropertyKey): number | undefined {
  const isObject = text[start] === '{'
  if (!isObject && text[start] !== '[') return undefined
  let at = skipSpace(text, start + 1)
  let last: number | undefined
  for (let index = 0; text[at] !== '}' && text[at] !== ']'; index++) {
    let found = index === key
    let value = at
    if (isObject) {
      const end = endOf(text, at)
      found = JSON.parse(text.slice(at, end)) === key
      value = skipSpace(text, skipSpace(text, end) + 1)
    }
    if (found) last = value
    at = skipSpace(text, endOf(text, value))
    if (text[at] === ',') at = skipSpace(text, at + 1)
  }
  return last
}

/** Just behind the value that starts here. */
function endOf(text: string, start: number): number {
  let depth = 0
  let at = start
  do {
    const sign = text[at]!
    if (sign === '"') {
      at++
      while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1
    } else if (sign === '{' || sign === '[') depth++
    else if (sign === '}' || sign === ']') depth--
    else if (depth === 0) {
      while (at < text.length && !/[\s,\]}]/.test(text[at]!)) at++
      return at
    }
    at++
  } while (depth > 0)
  return at
}

function skipSpace(text: string, from: number): number {
  let at = from
  while (at < text.length && /\s/.test(text[at]!)) at++
  return at
}
