#!/usr/bin/env node
/**
 * Makes a fresh clone ready, on any Node ≥ 18 and with built-ins only: installs the packages when the lock file
 * changed, finds or installs a recent Node, and on request builds the page (`--build`) and finds Chromium
 * (`--chromium`). Every step is skipped when its result is already there.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findNode, isRecent, MINIMUM_NODE } from './find-node.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const tools = join(root, '.tools')
const wanted = new Set(process.argv.slice(2))

function say(text) {
  process.stderr.write(`zen: ${text}\n`)
}

function fail(text) {
  say(text)
  process.exit(1)
}

function npm(args) {
  // `npm` is a script on every platform; npm itself tells its children where it is.
  const cli = process.env.npm_execpath
  const [command, rest] = cli?.endsWith('.js') ? [process.execPath, [cli, ...args]] : ['npm', args]
  const result = spawnSync(command, rest, { cwd: root, stdio: ['ignore', 2, 2], shell: command === 'npm' })
  if (result.status !== 0) fail(`\`npm ${args.join(' ')}\` failed; see above`)
}

function stamp(name, digest, action) {
  const file = join(tools, `${name}.stamp`)
  if (existsSync(file) && readFileSync(file, 'utf8') === digest) return
  action()
  mkdirSync(tools, { recursive: true })
  writeFileSync(file, digest)
}

function digestOf(paths) {
  const hash = createHash('sha256')
  const visit = (path) => {
    if (!existsSync(path)) return
    if (statSync(path).isDirectory()) for (const name of readdirSync(path).sort()) visit(join(path, name))
    else hash.update(path.slice(root.length)).update(readFileSync(path))
  }
  for (const path of paths) visit(join(root, path))
  return hash.digest('hex')
}

// `npm install`, not `npm ci`: a registry mirror without the binaries of other platforms makes the latter refuse the lock file.
function installPackages() {
  const digest = digestOf(['package-lock.json'])
  const installed = existsSync(join(root, 'node_modules', '.package-lock.json'))
  stamp('packages', installed ? digest : `${digest} missing`, () => {
    say('installing packages (once, and after the lock file changes)')
    npm(['install', '--no-save', '--no-fund', '--no-audit', '--loglevel=error'])
  })
  if (!installed) writeFileSync(join(tools, 'packages.stamp'), digest)
}

function installNode() {
  if (isRecent(process.version) || findNode(root) !== undefined) return
  say(`Node ${process.versions.node} is older than ${MINIMUM_NODE}: installing Node 24 into .tools`)
  npm(['install', '--prefix', tools, '--no-save', '--no-fund', '--no-audit', '--loglevel=error', 'node@24'])
  if (findNode(root) === undefined) fail(`Node ${MINIMUM_NODE} or newer is needed: install it from https://nodejs.org`)
}

function buildPage() {
  const sources = ['web', 'peer-core', 'public', 'vite.config.ts', 'package-lock.json']
  const built = existsSync(join(root, 'dist', 'web', 'index.html'))
  stamp('page', built ? digestOf(sources) : 'missing', () => {
    say('building the page')
    const args = [join(root, 'node_modules', 'vite', 'bin', 'vite.js'), 'build', '--logLevel', 'warn']
    const result = spawnSync(findNode(root), args, { cwd: root, stdio: ['ignore', 2, 2] })
    if (result.status !== 0) fail('the page could not be built; see above')
  })
  if (!built) writeFileSync(join(tools, 'page.stamp'), digestOf(sources))
}

function findChromium() {
  if (process.env.ZEN_CHROMIUM && existsSync(process.env.ZEN_CHROMIUM)) return
  if (['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].some(existsSync)) return
  if (process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    say('installing Chromium for the browser tests')
    try {
      execFileSync('apt-get', ['update', '-qq'], { stdio: ['ignore', 2, 2] })
      execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], {
        stdio: ['ignore', 2, 2],
        env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      })
      return
    } catch {
      // Reported below, with what to do about it.
    }
  }
  fail('the browser tests need Chromium: install it, or set ZEN_CHROMIUM to its path')
}

installPackages()
installNode()
if (wanted.has('--build')) buildPage()
if (wanted.has('--chromium')) findChromium()
