import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** The first version that runs TypeScript unbuilt and libp2p 3. */
export const MINIMUM_NODE = '22.18'

/** @param {string} version - as `process.version` gives it */
export function isRecent(version) {
  const [major, minor] = version.replace('v', '').split('.').map(Number)
  return major > 22 || (major === 22 && minor >= 18)
}

/**
 * @param {string} root - the project's folder
 * @returns {string | undefined} the path of a Node that can run the project
 */
export function findNode(root) {
  if (isRecent(process.version)) return process.execPath
  const local = join(root, '.tools', 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  return existsSync(local) ? local : undefined
}
