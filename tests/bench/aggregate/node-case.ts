/** `node node-case.ts JSON`: one case in a process of its own; prints what it took as JSON. */
import { readFileSync } from 'node:fs'
import type { Case } from './cases.ts'
import { measure } from './measure.ts'

const measured = await measure(JSON.parse(process.argv[2]!) as Case)
// Not `maxRSS`: on Linux a process begins with its parent's.
const megabytes = Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1024
process.stdout.write(JSON.stringify({ ...measured, megabytes }))
