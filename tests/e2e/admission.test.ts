/** Let in by invitation or by work, by real processes and in real tabs: what a person types, and what each mistake says. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { contribute, launchChromium, openTab } from './browser.ts'
import { endProcesses, isCommit, isReady, zen } from './seed-process.ts'

let dir: string
let browser: Browser | undefined
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'zen-admission-'))
})
afterEach(async () => {
  await browser?.close()
  browser = undefined
  await endProcesses()
  await rm(dir, { recursive: true, force: true })
})

const idIn = async (folder: string) => {
  const process = zen('id', '--dir', join(dir, folder), '--json')
  return String((await process.until(({ event }) => event === 'id', 30_000)).peerId)
}
const refusalOf = async (...args: string[]) => {
  const process = zen(...args)
  expect(await process.exit(60_000)).toBe(2)
  return process.errors()
}

/** A seed of a task that lets in by these rules; it has trained its first round alone. */
const seedWith = async (admission: object) => {
  const task = join(dir, 'task.json')
  await writeFile(task, JSON.stringify({ name: 'Admission', training: { localSteps: 20 }, reputation: { admission } }))
  const seed = zen('up', '--task', task, '--port', '0', '--dir', join(dir, 'host'), '--json')
  const url = String((await seed.until(isReady, 60_000)).http)
  await seed.until(isCommit(1), 60_000)
  return { seed, url }
}
/** That work of the tab's was committed; also when it reloads in between. */
const isTaken = () => (globalThis.zenMesh?.peer()?.snapshot().tasks[0]?.mine.accepted ?? 0) > 0

describe('zen invite', { timeout: 240_000 }, () => {
  it('gives a link that lets in one peer, into one task', async () => {
    const [host, guest] = [await idIn('host'), await idIn('guest')]
    const { seed, url } = await seedWith({ kind: 'invitation', inviters: [host] })

    expect(await refusalOf('invite', guest, '--dir', join(dir, 'guest'), '--url', url)).toMatch(
      /may not invite; who may: 12D3/,
    )
    expect(await refusalOf('invite', guest, '--dir', join(dir, 'nobody'), '--url', url)).toMatch(/holds no seed/)
    const inviting = zen('invite', guest, '--dir', join(dir, 'host'), '--url', url, '--json')
    const { link, peer } = await inviting.until(({ event }) => event === 'invitation', 30_000)
    expect(peer).toBe(guest)

    expect(await refusalOf('join', url, '--invitation', 'u123')).toMatch(/not an invitation/)
    expect(await refusalOf('join', url, '--invitation', String(link))).toMatch(/it is for 12D3.*and this peer is/)
    const joined = zen('join', url, '--dir', join(dir, 'guest'), '--invitation', String(link), '--json')
    await joined.until(isReady, 60_000)
    await seed.until((event) => event.event === 'commit' && event.contributors === 2, 60_000)
    // It is remembered, and so is that it was let in.
    await joined.kill('SIGTERM')
    const again = zen('join', url, '--dir', join(dir, 'guest'), '--json')
    const seen = seed.events.length
    await again.until(isReady, 60_000)
    await seed.until((event) => seed.events.indexOf(event) > seen && event.contributors === 2, 60_000)
  })
})

describe('a tab', { timeout: 240_000 }, () => {
  it('says by which name to invite it, and is let in by the link that is sent back', async () => {
    const { url } = await seedWith({ kind: 'invitation', inviters: [await idIn('host')] })
    browser = await launchChromium()
    const { page, errors } = await openTab(browser, url)
    await contribute({ page })
    const name = (await page.locator('.own-name').textContent()) ?? ''
    const inviting = zen('invite', name, '--dir', join(dir, 'host'), '--url', url, '--json')
    const { link } = await inviting.until(({ event }) => event === 'invitation', 30_000)
    await page.goto(String(link))
    await page.waitForFunction(isTaken, undefined, { timeout: 60_000 })
    expect(errors).toEqual([])
  })

  it('does the work that lets it in', async () => {
    const { url } = await seedWith({ kind: 'work', bits: 16 })
    browser = await launchChromium()
    const { page, errors } = await openTab(browser, url)
    await contribute({ page })
    await page.waitForFunction(isTaken, undefined, { timeout: 60_000 })
    expect(errors).toEqual([])
  })
})
