import { describe, expect, it } from 'vitest'
import { latestOnly } from '../../../web/drawing/latest-only.ts'

function slowly() {
  const open: PromiseWithResolvers<string>[] = []
  const asked: number[] = []
  const answers: string[] = []
  const failures: unknown[] = []
  const asking = latestOnly<number, string>(
    (input) => {
      asked.push(input)
      const one = Promise.withResolvers<string>()
      open.push(one)
      return one.promise
    },
    { answer: (output) => answers.push(output), failure: (error) => failures.push(error) },
  )
  const settled = () => new Promise((resolve) => setImmediate(resolve))
  return { asking, open, asked, answers, failures, settled }
}

describe('latestOnly', () => {
  it('skips all but the newest of what is asked while it waits', async () => {
    const { asking, open, asked, answers, settled } = slowly()
    for (const input of [1, 2, 3, 4]) asking.ask(input)
    expect(asked).toEqual([1])
    open[0]!.resolve('one')
    await settled()
    open[1]!.resolve('four')
    await settled()
    expect(asked).toEqual([1, 4])
    expect(answers).toEqual(['one', 'four'])
  })

  it('goes on after a failure', async () => {
    const { asking, open, asked, failures, settled } = slowly()
    asking.ask(1)
    asking.ask(2)
    open[0]!.reject(new Error('no'))
    await settled()
    expect(asked).toEqual([1, 2])
    expect(failures).toHaveLength(1)
  })

  it('tells nothing after it is closed', async () => {
    const { asking, open, asked, answers, settled } = slowly()
    asking.ask(1)
    asking.ask(2)
    asking.close()
    open[0]!.resolve('one')
    await settled()
    expect(asked).toEqual([1])
    expect(answers).toEqual([])
  })
})
