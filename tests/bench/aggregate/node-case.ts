/** `node node-case.ts JSON`: one case in a process of its own; prints what it took as JSON. */
import type { Case } from './cases.ts'
import { measure } from './measure.ts'

const measured = await measure(JSON.parse(process.argv[2]!) as Case)
const megabytes = process.resourceUsage().maxRSS / 1024
process.stdout.write(JSON.stringify({ ...measured, megabytes }))
