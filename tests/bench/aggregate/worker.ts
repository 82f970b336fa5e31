/** A dedicated worker that does what it is asked. */
import { digestOf } from '../../aggregation/wasm/digest.ts'
import { measure } from './measure.ts'
import type { Question } from './page.ts'

addEventListener('message', ({ data }: MessageEvent<Question>) => {
  const answer = 'measure' in data ? measure(data.measure) : digestOf(data.digest)
  answer.then(
    (result) => postMessage({ result }),
    (error: unknown) => postMessage({ error: String(error) }),
  )
})
