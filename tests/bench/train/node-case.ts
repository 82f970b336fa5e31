/** `node --expose-gc node-case.ts JSON`: one case in a process of its own; prints what it took as JSON. */
import type { Case } from './cases.ts'
import { measure } from './measure.ts'

const given = JSON.parse(process.argv[2]!) as Case
process.stdout.write(JSON.stringify(await measure(given, { heldBytes })))
process.exit(0)

function heldBytes(): number {
  globalThis.gc!()
  const { heapUsed, external, arrayBuffers } = process.memoryUsage()
  return heapUsed + external + arrayBuffers
}
