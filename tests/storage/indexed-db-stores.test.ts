import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { blobStoreCases } from '../../peer-core/testing/blob-store-compliance.ts'
import { consensusLogCases } from '../../peer-core/testing/consensus-log-compliance.ts'
import { ledgerStoreCases } from '../../peer-core/testing/ledger-store-compliance.ts'
import { recordStoreCases } from '../../peer-core/testing/record-store-compliance.ts'
import type { StoragePage } from './indexed-db-page.ts'

declare const storagePage: StoragePage

let server: Server
let origin: string
let browser: Browser
let context: BrowserContext
let page: Page

beforeAll(async () => {
  const script = await bundle()
  server = createServer((request, response) => {
    const [type, body] = request.url === '/page.js' ? ['text/javascript', script] : ['text/html', html]
    response.writeHead(200, { 'content-type': type }).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  browser = await chromium.launch({
    executablePath: process.env.ZEN_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--headless=new', '--no-sandbox', '--no-first-run', '--disable-background-networking'],
  })
  context = await browser.newContext()
  page = await context.newPage()
  await page.goto(origin)
})

afterAll(async () => {
  await browser?.close()
  server?.closeAllConnections()
  server?.close()
})

const ports = {
  blobs: blobStoreCases,
  ledger: ledgerStoreCases,
  records: recordStoreCases,
  log: consensusLogCases,
} as const
for (const port of ['blobs', 'ledger', 'records', 'log'] as const) {
  describe(`IndexedDB in Chromium: ${port}`, () => {
    for (const [index, { name }] of ports[port].entries()) {
      it(name, () => page.evaluate(({ port, index }) => storagePage.runCase(port, index), { port, index }))
    }
  })
}

describe('openIndexedDbStores', () => {
  it('finds after the page has gone what was acknowledged before', async () => {
    const tab = await context.newPage()
    await tab.goto(origin)
    await tab.evaluate(() => storagePage.appendCommits('lasting', 1, 5))
    await tab.close()
    expect(await page.evaluate(() => storagePage.readCommits('lasting'))).toEqual([1, 2, 3, 4, 5])
  })

  it('finds after the tab of a committee member has gone all that it wrote ahead', async () => {
    const tab = await context.newPage()
    await tab.goto(origin)
    await tab.evaluate(() => storagePage.writeAhead('member', 12))
    await tab.close()
    expect(await page.evaluate(() => storagePage.readAhead('member'))).toEqual(
      Array.from({ length: 12 }, (_, i) => i + 1),
    )
  })

  it('lets one of two tabs have a round', async () => {
    const outcomes = await page.evaluate(() => storagePage.race('raced'))
    expect(outcomes.sort()).toEqual(['CONFLICT', 'stored'])
  })

  it('says that there is no more room, and keeps what it has', async () => {
    const other = await browser.newContext()
    const tab = await other.newPage()
    await tab.goto(origin)
    const devtools = await other.newCDPSession(tab)
    await devtools.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 2_000_000 })
    const { fault, stored, readable } = await tab.evaluate(() => storagePage.fill('full'))
    expect(fault).toEqual({ code: 'QUOTA', wanted: 65_536 })
    expect(stored).toBeGreaterThan(5)
    expect(readable).toBe(stored)
    await other.close()
  })

  it('refuses a database that a newer version of the page has used', async () => {
    const fault = await page.evaluate(() => storagePage.openNewer('newer'))
    expect(fault).toEqual({ code: 'NEWER_FORMAT', path: 'newer', found: 9, supported: 1 })
  })

  it('gives way to a newer version of the page, and says so from then on', async () => {
    const { opened, fault } = await page.evaluate(() => storagePage.giveWay('outdated'))
    expect(opened).toBe(true)
    expect(fault).toEqual({ code: 'UNAVAILABLE', operation: 'records.get', afterMs: 0 })
  })

  it('keeps nothing of a write that fails halfway', async () => {
    expect(await page.evaluate(() => storagePage.failHalfway('halfway'))).toEqual({ isOurs: true, kept: 0 })
  })

  it('refuses calls once it is closed, finishing those under way', async () => {
    const { written, fault } = await page.evaluate(() => storagePage.useAfterClose('closed'))
    expect({ written, fault }).toEqual({ written: 16, fault: { code: 'CLOSED', operation: 'records.get' } })
  })
})

const html = '<!doctype html><meta charset="utf-8"><script type="module" src="/page.js"></script>'

async function bundle(): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      minify: false,
      target: 'es2023',
      lib: { entry: fileURLToPath(new URL('indexed-db-page.ts', import.meta.url)), formats: ['es'], fileName: 'page' },
    },
  })
  const [output] = [built].flat()
  const script = output !== undefined && 'output' in output && output.output.find((part) => part.type === 'chunk')
  if (!script) throw new Error('nothing was built')
  return script.code
}
