#!/usr/bin/env node
/** The installed `zen` command: the CLI on a recent Node. */
import { fileURLToPath } from 'node:url'

process.argv.splice(2, 0, fileURLToPath(new URL('../seed-nodes/cli.ts', import.meta.url)))
await import('./with-node.mjs')
