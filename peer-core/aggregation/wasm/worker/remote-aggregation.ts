/**
 * Aggregation in a worker, so that a page and a seed stay quick while they aggregate. The worker is started with the first job, and takes
 * the rows a piece at a time: what is here of `n × d` numbers is never copied as a whole.
 *
 * A worker may die, hang, or be refused by the browser. A job is not lost by that: it is done here, on the fast path, and the next one is
 * given to another worker.
 * @module
 */
import { type Aggregation, abortable, either, type SpawnedWorker } from '../../../ports/index.ts'
import { AggregationError } from '../../errors.ts'
import { createAggregator } from '../../pipeline.ts'
import { createFastAggregator } from '../fast-aggregator.ts'
import { arrayReader } from '../readers.ts'
import { connectAggregation } from './remote-aggregator.ts'

export interface RemoteAggregationInit {
  /** After how long a worker is taken for hung. @defaultValue two minutes */
  readonly patienceMs?: number
  /** A worker was lost, or could not be started. */
  readonly onFault?: (error: unknown) => void
}

interface Link {
  readonly connect: ReturnType<typeof connectAggregation>
  /** aborts when the worker is lost */
  readonly lost: AbortSignal
  end(reason: string): void
}

/** @param spawn - starts a worker that runs `serveAggregation` */
export function createRemoteAggregation(spawn: () => SpawnedWorker, init: RemoteAggregationInit = {}): Aggregation {
  const { patienceMs = 120_000, onFault = () => undefined } = init
  const closed = new AbortController()
  let link: Link | undefined

  const open = (): Link => {
    const worker = spawn()
    const lost = new AbortController()
    const end = (reason: string) => {
      if (lost.signal.aborted) return
      lost.abort(new Error(`the aggregation worker stopped: ${reason}`))
      void worker.terminate()
    }
    worker.onLost(end)
    return { connect: connectAggregation(worker.endpoint), lost: lost.signal, end }
  }

  return {
    async aggregate(pipeline, job, signal) {
      closed.signal.throwIfAborted()
      signal?.throwIfAborted()
      const { contributions, ...input } = job
      const dimension = contributions[0]?.length ?? 0
      // Rows that do not fit together are refused before anything is computed.
      if (contributions.some((row) => row.length !== dimension)) return createAggregator(pipeline)(job)
      const stopped = either(closed.signal, ...(signal === undefined ? [] : [signal]))
      let until = stopped
      let timer: ReturnType<typeof setTimeout> | undefined
      try {
        if (link === undefined || link.lost.aborted) link = open()
        const { connect, lost, end } = link
        timer = setTimeout(() => end(`no answer within ${patienceMs} ms`), patienceMs)
        const rows = contributions.map(arrayReader)
        until = either(stopped.signal, lost)
        return await connect(pipeline)({ ...input, rows, dimension, signal: until.signal })
      } catch (error) {
        stopped.signal.throwIfAborted()
        if (error instanceof AggregationError) throw error
        onFault(error)
        return (await abortable(createFastAggregator(pipeline), stopped.signal))(job)
      } finally {
        clearTimeout(timer)
        until.clear()
        stopped.clear()
      }
    },
    async close() {
      if (closed.signal.aborted) return
      closed.abort(new Error('closed'))
      link?.end('closed')
    },
  }
}
