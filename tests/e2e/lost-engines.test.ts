/** A real tab whose GPU process dies in the middle of a round, and whose memory runs out in the next try. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Snapshot } from '../../peer-core/index.ts'
import { contribute, launchChromium, openTab, type Tab } from './browser.ts'
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

/** Takes all that a process may reserve for WebAssembly, or gives it back. */
function takeMemory({ page }: Tab, take: boolean): Promise<void> {
  return page.evaluate((take) => {
    const taken: WebAssembly.Memory[] = []
    Object.assign(globalThis, { taken })
    try {
      while (take) taken.push(new WebAssembly.Memory({ initial: 65_536, maximum: 65_536 }))
    } catch {
      // Now there is none left.
    }
  }, take)
}

describe('a tab whose GPU process dies in the middle of a round, and whose memory runs out', {
  timeout: 300_000,
}, () => {
  it('lives, says so, and contributes with what is left', async () => {
    const tab = await openTab(browser, url)
    await tab.page.getByLabel('Train with').selectOption('webgpu')
    await contribute(tab)
    const trains = ({ activity }: Snapshot['tasks'][number]) => activity.kind === 'training' && activity.step > 0
    const before = await tab.until('it trains', ({ tasks }) => trains(tasks[0]!), 120_000)
    expect([before.engine.name, before.tasks[0]!.mine.accepted]).toEqual(['webgpu', 0])

    await takeMemory(tab, true)
    await (await browser.newBrowserCDPSession()).send('Browser.crashGpuProcess')
    const told = ({ notices }: Snapshot) => notices.map(({ text }) => text)
    const isOfMemory = (text: string) => /^round 1: the wasm engine stopped: .*memory.*; trying again$/.test(text)
    await tab.until('it says that memory ran out', (seen) => told(seen).some(isOfMemory), 120_000)
    await takeMemory(tab, false)

    const after = await tab.until('it contributes', ({ tasks }) => tasks[0]!.mine.accepted > 1, 120_000)
    expect(after.engine.name).toBe('cpu')
    expect(told(after)).toContainEqual(expect.stringMatching(/^round 1: the webgpu engine stopped: .*; trying again$/))
    expect(told(after)).toContain('trains with cpu from now on: the engine before it was lost')
    expect(tab.errors).toEqual([])
  })
})
