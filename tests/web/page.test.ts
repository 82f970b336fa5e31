import { strToU8, zipSync } from 'fflate'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createIdentity, type PeerId } from '../../peer-core/index.ts'
import { signInvitation } from '../../peer-core/reputation/index.ts'
import { invitationText } from '../../peer-core/wire/index.ts'
import { selfId, taskId } from './fake-peer.ts'
import { type PreviewServer, servePreview } from './preview-server.ts'

let preview: PreviewServer
let browser: Browser

beforeAll(async () => {
  ;[preview, browser] = await Promise.all([
    servePreview(),
    chromium.launch({
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: ['--headless=new', '--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking'],
    }),
  ])
})

afterAll(async () => {
  await browser?.close()
  await preview?.close()
})

async function open(
  query: string,
  context?: BrowserContext,
): Promise<{ page: Page; complaints: string[]; close: () => Promise<void> }> {
  const own = context ?? (await browser.newContext({ viewport: { width: 360, height: 780 } }))
  const page = await own.newPage()
  const complaints: string[] = []
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(error.message))
  await page.goto(`${preview.origin}/preview.html?${query}`)
  await page.locator('h1').first().waitFor({ state: 'attached' })
  return { page, complaints, close: () => (context === undefined ? own.close() : page.close()) }
}

const calls = (page: Page) => page.evaluate(() => window.calls)
const focused = (page: Page) => page.evaluate(() => document.activeElement?.textContent?.trim() ?? '')

/** Presses Tab until the element with this text has the focus. */
async function tabTo(page: Page, text: string): Promise<void> {
  for (let presses = 0; presses < 30; presses += 1) {
    await page.keyboard.press('Tab')
    if ((await focused(page)) === text) return
  }
  throw new Error(`“${text}” cannot be reached by the keyboard`)
}

describe('the page', () => {
  it('takes the data of a person’s own, names what is wrong with it, and counts it before anything starts', async () => {
    const { page, complaints, close } = await open('task=table')
    const contribute = page.getByRole('button', { name: 'Contribute' })
    const choose = (text: string) =>
      page.setInputFiles('input[type=file]', { name: 'mine.csv', mimeType: 'text/csv', buffer: Buffer.from(text) })
    expect(await contribute.isDisabled()).toBe(true)
    await choose('age,chol,thalach,num\n63,233,150,0\n67,108\n')
    await page.getByText('mine.csv, row 3: has 2 cells where the header has 4').waitFor()
    expect(await contribute.isDisabled()).toBe(true)
    await choose('age,chol,thalach,num\n63,233,150,0\n67,?,108,1\n60,200,130,1\n')
    await page.getByText('3 examples').waitFor()
    expect(await page.getByLabel('Examples of each class').textContent()).toBe('healthy 1disease 2')
    await contribute.click()
    await page.getByText('Training round 12').first().waitFor()
    expect(await calls(page)).toContain('join with 3 examples')
    expect(complaints).toEqual([])
    await close()
  })

  it('shows what it takes a table for, and reads it as a person says', async () => {
    const { page, complaints, close } = await open('task=table')
    const contribute = page.getByRole('button', { name: 'Contribute' })
    const rows = 'Age;Cholesterol;thalach;num\n63;233;150;no\n67;-9;108;yes\n60;200;130;yes\n'
    await page.setInputFiles('input[type=file]', { name: 'mine.csv', mimeType: 'text/csv', buffer: Buffer.from(rows) })
    await page.getByText('mine.csv: no column chol').waitFor()
    expect(await page.getByText('numbers from 60 to 67').count()).toBe(1)
    expect(await page.getByText('2 words: no, yes').count()).toBe(1)
    await page.getByLabel('chol is read from').selectOption('Cholesterol')
    await page.getByText('numbers from -9 to 233').waitFor()
    await page.getByText('row 2, column num: "no" is none of 0, 1').waitFor()
    expect(await contribute.isDisabled()).toBe(true)
    await page.getByLabel('num no means').selectOption('healthy')
    await page.getByLabel('num yes means').selectOption('disease')
    await page.getByText('3 examples').waitFor()
    expect(await page.getByLabel('Examples of each class').textContent()).toBe('healthy 1disease 2')
    await page.getByLabel('Also means unknown').fill('-9')
    await page.keyboard.press('Tab')
    await page.getByText('numbers from 200 to 233, 1 unknown').waitFor()
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360)
    await contribute.click()
    await page.getByText('Training round 12').first().waitFor()
    expect(await calls(page)).toContain('join with 3 examples')
    expect(complaints).toEqual([])
    await close()
  })

  it('says what is wrong with data or a model, naming the row, file or layer, before anything starts', async () => {
    const broken = zipSync({ 'cats/tom.png': strToU8('not a picture') })
    const header = 'age,chol,thalach,num\n'
    const cases = {
      table: [
        [`${header}1,2,3,0\n1,2,3\n`, 'chosen, row 3: has 3 cells where the header has 4'],
        [`${header}1,2,3,0\n1,2,3,7\n`, 'chosen, row 3, column num: "7" is none of 0, 1'],
        [`${header}1,?,3,0\n1,,3,1\n`, 'chosen: column chol has no value in any row'],
      ],
      pictures: [[broken, 'cats/tom.png: cannot be read as a picture']],
      text: [['abc', 'chosen: has 3 tokens; one example takes 17']],
    } as const
    const context = await browser.newContext({ viewport: { width: 360, height: 780 } })
    for (const [task, files] of Object.entries(cases)) {
      const { page, complaints, close } = await open(`task=${task}`, context)
      const name = task === 'pictures' ? 'chosen.zip' : 'chosen'
      for (const [content, told] of files) {
        await page.setInputFiles('input[type=file]', { name, mimeType: 'any/any', buffer: Buffer.from(content) })
        await page.locator('.own-data-fault', { hasText: told }).waitFor()
        expect(await page.locator('.own-data-fault').count()).toBe(1)
        expect(await page.getByRole('button', { name: 'Contribute' }).isDisabled()).toBe(true)
      }
      expect(complaints).toEqual([])
      await close()
    }
    for (const [task, told] of [
      ['unknown-layer', 'spec.model.layers.0.kind: there is no layer "hologram"; there are dense'],
      ['enormous', 'with layer 1 the model has 51380224 parameters, more than 32000000'],
    ] as const) {
      const { page, complaints, close } = await open(`task=${task}`, context)
      expect(await page.locator('.banner').allTextContents()).toEqual([expect.stringContaining(told)])
      expect(await page.getByRole('button', { name: 'Contribute' }).count()).toBe(0)
      expect(complaints).toEqual([])
      await close()
    }
    await context.close()
  })

  it('fits again when a phone is turned', async () => {
    const { page, close } = await open('at=live')
    await page.locator('.u-wrap').first().waitFor()
    await page.setViewportSize({ width: 780, height: 360 })
    await page.waitForFunction(() => (document.querySelector('.u-wrap')?.clientWidth ?? 0) > 300)
    await page.setViewportSize({ width: 360, height: 780 })
    await page.waitForFunction(() => document.documentElement.scrollWidth <= 360, undefined, { timeout: 5_000 })
    await close()
  })

  it('tells what it costs, then joins, pauses, resumes and leaves, by the keyboard alone', async () => {
    const { page, complaints, close } = await open('scene=training')
    for (const told of ['407 kB', 'IP address', 'never leaves', 'battery', '7 peers', '101,770 weights']) {
      expect(
        await page
          .locator('main')
          .textContent()
          .then((text) => text?.replaceAll('\u00a0', ' ')),
      ).toContain(told)
    }
    await tabTo(page, 'Contribute')
    await page.keyboard.press('Enter')
    await page.getByText('Training round 12').first().waitFor()
    await tabTo(page, 'Pause')
    await page.keyboard.press('Enter')
    await page.getByText('Paused because you paused it').first().waitFor()
    expect(await focused(page)).toBe('Resume')
    await page.keyboard.press('Enter')
    await tabTo(page, 'Leave')
    await page.keyboard.press('Enter')
    await page.getByText('Thank you').waitFor()
    expect(await calls(page)).toEqual(['join', 'pause', 'resume', 'leave', 'stop'])
    expect(complaints).toEqual([])
    await close()
  })

  it('shows rounds, reasons, paths and traffic, and fits a narrow phone', async () => {
    const { page, complaints, close } = await open('at=live&scene=rejected')
    const text = (await page.locator('main').textContent())?.replaceAll('\u00a0', ' ')
    for (const told of [
      'Your result was left out of round 11',
      'the change was larger than the task allows',
      'was training, then sent nothing before the deadline',
      'WebRTC, direct',
      'Relayed',
      'Heard of only',
      '9.8 MB',
    ]) {
      expect(text).toContain(told)
    }
    expect(await page.locator('.curve canvas').count()).toBe(2)
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360)
    expect(complaints).toEqual([])
    await close()
  })

  it('shows the name to be invited by, and takes an invitation for it and for no other', async () => {
    const { page, complaints, close } = await open('at=live&scene=uninvited')
    await page.getByText('Not let in').first().waitFor()
    expect(await page.locator('.invitation').textContent()).toContain(selfId)
    const inviter = createIdentity()
    const invite = (peer: PeerId) => invitationText(signInvitation(inviter, { task: taskId, peer, until: 9 }))
    const use = async (text: string) => {
      await page.getByLabel('Invitation').fill(text)
      await page.getByRole('button', { name: 'Use it' }).click()
    }
    await use('u123')
    await page.getByText('this is not an invitation, or not all of it').waitFor()
    await use(invite(inviter.peerId))
    await page.getByText('it is for another browser').waitFor()
    expect(await calls(page)).not.toContain('bring')
    await use(`http://127.0.0.1:8080/#invitation=${invite(selfId)}`)
    await page.waitForFunction(() => document.querySelector<HTMLInputElement>('[name=invitation]')?.value === '')
    expect(await calls(page)).toContain('bring')
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360)
    expect(complaints).toEqual([])
    await close()
  })

  it('says that the seeds are away, and that training goes on', async () => {
    const context = await browser.newContext()
    await context.clock.install()
    const { page } = await open('at=live&scene=quorum-lost', context)
    expect(await page.getByText('The seeds are away').count()).toBe(0)
    await context.clock.fastForward(5_000)
    await page.getByText('Training goes on with the peers you can reach').waitFor()
    await context.close()
  })

  it('judges what is drawn, by finger or by keys', async () => {
    const { page, complaints, close } = await open('at=live&scene=training')
    const pad = page.getByRole('application')
    await pad.focus()
    await page.keyboard.press('Space')
    for (let i = 0; i < 8; i += 1) await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Space')
    await page.getByText('87% sure').waitFor()
    await page.keyboard.press('Delete')
    await page.getByText('Your drawing stays on this device.').waitFor()
    const box = (await pad.boundingBox())!
    await page.mouse.move(box.x + 30, box.y + 30)
    await page.mouse.down()
    await page.mouse.move(box.x + 60, box.y + 90, { steps: 4 })
    await page.mouse.up()
    await page.getByText('87% sure').waitFor()
    expect(new Set(await calls(page))).toEqual(new Set(['join', 'predict']))
    expect(complaints).toEqual([])
    await close()
  })

  it('trains in one tab, and gives it up to another that asks', async () => {
    const context = await browser.newContext()
    const first = await open('at=live&scene=training', context)
    await first.page.getByRole('button', { name: 'Pause' }).waitFor()
    const second = await open('scene=training', context)
    await second.page.getByRole('button', { name: 'Contribute' }).click()
    await second.page.getByText('Another tab is training').waitFor()
    expect(await calls(second.page)).toEqual([])
    await second.page.getByRole('button', { name: 'Use this tab instead' }).click()
    await second.page.getByRole('button', { name: 'Pause' }).waitFor()
    await first.page.getByText('Another tab is training').waitFor()
    expect(await calls(first.page)).toEqual(['join', 'stop'])
    expect([...first.complaints, ...second.complaints]).toEqual([])
    await context.close()
  })

  it('moves nothing while figures change ten times a second', async () => {
    const { page, complaints, close } = await open('at=live&scene=training&ticking')
    await page.getByText('Training round 12').first().waitFor()
    // One second: layout shifts are counted by the browser itself.
    const shift = await page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          let sum = 0
          let ticks = 0
          new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) sum += (entry as PerformanceEntry & { value: number }).value
          }).observe({ type: 'layout-shift' })
          new MutationObserver(() => {
            ticks += 1
            if (ticks === 10) requestAnimationFrame(() => resolve(sum))
          }).observe(document.querySelector('.headline')!, { characterData: true, childList: true, subtree: true })
        }),
    )
    expect(shift).toBe(0)
    expect(complaints).toEqual([])
    await close()
  })
})
