/** A real tab whose GPU process dies in the middle of a round. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Snapshot } from '../../peer-core/index.ts'
import { contribute, launchChromium, openTab } from './browser.ts'
import { endProcesses, isReady, zen } from './seed-process.ts'

let browser: Browser
let dir: string
let url: string

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'zen-engines-'))
  const task = join(dir, 'task.json')
  // Little to compute for a GPU in software, and enough steps to be interrupted.
  const layers = [{ kind: 'flatten' }, { kind: 'dense', units: 10, activation: 'linear' }]
  const training = { localSteps: 60, batchSize: 8 }
  await writeFile(task, JSON.stringify({ name: 'Digits', model: { input: [28, 28, 1], layers }, training }))
  const seed = zen('up', '--no-train', '--json', '--port', '0', '--dir', join(dir, 'seed'), '--task', task)
  browser = await launchChromium(['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'])
  url = String((await seed.until(isReady, 60_000)).http)
})

afterAll(async () => {
  await browser?.close()
  await endProcesses()
  await rm(dir, { recursive: true, force: true })
})

describe('a tab whose GPU process dies in the middle of a round', { timeout: 300_000 }, () => {
  it('lives, says so, and contributes with what is left', async () => {
    const tab = await openTab(browser, url)
    await tab.page.getByLabel('Train with').selectOption('webgpu')
    await contribute(tab)
    const trains = ({ activity }: Snapshot['tasks'][number]) => activity.kind === 'training' && activity.step > 0
    const before = await tab.until('it trains', ({ tasks }) => trains(tasks[0]!), 120_000)
    expect(before.engine.name).toBe('webgpu')

    await (await browser.newBrowserCDPSession()).send('Browser.crashGpuProcess')
    const told = ({ notices }: Snapshot) => notices.map(({ text }) => text)
    const isOfGpu = (text: string) => /^round \d+: the webgpu engine stopped: .*; trying again$/.test(text)
    const lost = await tab.until('it says so', (seen) => told(seen).some(isOfGpu), 120_000)
    const { accepted } = lost.tasks[0]!.mine
    await tab.until('it contributes', ({ tasks }) => tasks[0]!.mine.accepted > accepted + 1, 120_000)
    expect(tab.errors).toEqual([])
  })
})
