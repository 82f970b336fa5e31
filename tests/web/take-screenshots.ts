/**
 * Pictures of every state of the page, to look at: `node tests/web/take-screenshots.ts OUT [name…]`.
 * @module
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { servePreview } from './preview-server.ts'

const sizes = [
  { name: 'phone', width: 390, height: 844, deviceScaleFactor: 2 },
  { name: 'desktop', width: 1280, height: 900, deviceScaleFactor: 1 },
]
const schemes = ['light', 'dark'] as const

interface Picture {
  readonly name: string
  readonly query: string
  readonly before?: (page: Page) => Promise<void>
}

const pictures: readonly Picture[] = [
  { name: 'start', query: '' },
  {
    name: 'consent',
    query: '',
    before: (page) => page.getByRole('button', { name: 'Contribute' }).scrollIntoViewIfNeeded(),
  },
  {
    name: 'own-data',
    query: 'task=table',
    before: (page) => choose(page, 'age,chol,thalach,num\n63,233,150,0\n67,?,108,1\n'),
  },
  {
    name: 'own-columns',
    query: 'task=table',
    before: (page) => choose(page, 'Age,Cholesterol,thalach,num\n63,233,150,no\n67,-9,108,yes\n'),
  },
  { name: 'unusable', query: 'task=unknown-layer' },
  {
    name: 'broken-data',
    query: 'task=table',
    before: (page) => choose(page, 'age,chol,thalach,num\n63,233,150,0\n67,108\n'),
  },
  { name: 'starting', query: 'at=starting' },
  { name: 'failed', query: 'at=failed' },
  { name: 'no-seed', query: 'at=no-seed' },
  { name: 'training', query: 'at=live&scene=training' },
  { name: 'waiting', query: 'at=live&scene=waiting' },
  { name: 'first-round', query: 'at=live&scene=alone' },
  { name: 'quorum-lost', query: 'at=live&scene=quorum-lost', before: (page) => page.locator('.banner').waitFor() },
  { name: 'rejected', query: 'at=live&scene=rejected' },
  { name: 'paused', query: 'at=live&scene=paused' },
  { name: 'drawing', query: 'at=live&scene=training', before: drawSeven },
]

const [out = 'screenshots', ...wanted] = process.argv.slice(2)
await mkdir(out, { recursive: true })
const preview = await servePreview()
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--headless=new', '--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking'],
})
try {
  for (const picture of pictures) {
    if (wanted.length === 0 || wanted.includes(picture.name)) await takeAll(browser, picture)
  }
} finally {
  await browser.close()
  await preview.close()
}

async function takeAll(browser: Browser, { name, query, before }: Picture): Promise<void> {
  for (const { name: size, width, height, deviceScaleFactor } of sizes) {
    for (const colorScheme of schemes) {
      const page = await browser.newPage({
        viewport: { width, height },
        deviceScaleFactor,
        colorScheme,
        reducedMotion: 'reduce',
      })
      page.on('pageerror', (error) => process.stderr.write(`${name}: ${error.message}\n`))
      await page.goto(`${preview.origin}/preview.html?${query}`)
      await page.locator('h1').first().waitFor({ state: 'attached' })
      await page.evaluate(() => document.fonts.ready)
      await before?.(page)
      const whole = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)
      if (whole) process.stderr.write(`${name} ${size}: wider than the screen\n`)
      await page.screenshot({
        path: join(out, `${name}-${size}-${colorScheme}.png`),
        fullPage: name !== 'start' && name !== 'consent',
      })
      await page.close()
    }
  }
}

async function drawSeven(page: Page): Promise<void> {
  const pad = page.getByRole('application')
  await pad.scrollIntoViewIfNeeded()
  const box = (await pad.boundingBox())!
  const at = (x: number, y: number) => [box.x + x * box.width, box.y + y * box.height] as const
  await page.mouse.move(...at(0.25, 0.25))
  await page.mouse.down()
  await page.mouse.move(...at(0.72, 0.23), { steps: 8 })
  await page.mouse.move(...at(0.58, 0.5), { steps: 8 })
  await page.mouse.move(...at(0.42, 0.85), { steps: 8 })
  await page.mouse.up()
}

async function choose(page: Page, table: string): Promise<void> {
  await page.setInputFiles('input[type=file]', {
    name: 'cleveland.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from(table),
  })
  await page.locator('.own-data[data-state=read], .own-data[data-state=failed]').waitFor()
  await page.locator('.own-data').scrollIntoViewIfNeeded()
}
