#!/usr/bin/env node
/** Runs a file of the project on a recent Node: `with-node.mjs FILE [ARG…]`. Signals reach the child; its exit code is ours. */
import { spawn } from 'node:child_process'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findNode, MINIMUM_NODE } from './find-node.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const node = findNode(root)
if (node === undefined) {
  process.stderr.write(`zen: Node ${MINIMUM_NODE} or newer is needed; \`npm start\` or \`npm test\` installs one\n`)
  process.exit(1)
}
const child = spawn(node, process.argv.slice(2), {
  stdio: 'inherit',
  env: {
    // Compiled once: half of what a command of a second does is to compile what it imports.
    NODE_COMPILE_CACHE: join(root, '.tools/compile-cache'),
    ...process.env,
    PATH: `${dirname(node)}${delimiter}${process.env.PATH}`,
  },
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => process.exit(signal === null ? code : 128 + (signal === 'SIGINT' ? 2 : 15)))
