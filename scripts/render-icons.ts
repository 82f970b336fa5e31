/**
 * Draws the page's icons from `public/favicon.svg` by Chromium: `node scripts/render-icons.ts`. Run it after the mark has
 * changed, and commit what it writes.
 * @module
 */
import { readFile, writeFile } from 'node:fs/promises'
import { chromium } from 'playwright-core'

const folder = new URL('../public/', import.meta.url)

/** Systems that cut icons to a shape of their own get the ground up to the edges, and the mark well inside. */
const icons = [
  { name: 'icon-192.png', size: 192, bleeds: false },
  { name: 'icon-512.png', size: 512, bleeds: false },
  { name: 'icon-maskable-512.png', size: 512, bleeds: true },
  { name: 'apple-touch-icon.png', size: 180, bleeds: true },
]

const svg = await readFile(new URL('favicon.svg', folder), 'utf8')
const ground = svg.match(/fill="(#[0-9a-f]{6})"/)?.[1] ?? 'none'
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--headless=new', '--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking'],
})
try {
  for (const { name, size, bleeds } of icons) {
    const page = await browser.newPage({ viewport: { width: size, height: size } })
    const inset = bleeds ? size / 12 : 0
    await page.setContent(`
      <style>body { margin: 0; ${bleeds ? `background: ${ground}` : ''} } svg { display: block; padding: ${inset}px; box-sizing: border-box }</style>
      ${svg.replace('<svg ', `<svg width="${size}" height="${size}" `)}`)
    await writeFile(new URL(name, folder), await page.screenshot({ omitBackground: !bleeds }))
    await page.close()
  }
} finally {
  await browser.close()
}
