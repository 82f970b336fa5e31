/** Bytes since the start, by the way they took. @module */
import { formatBytes } from '../format.ts'
import type { Path, Snapshot } from '../peer.ts'
import { pathInWords } from '../words.ts'

export function Traffic({ traffic }: { traffic: Snapshot['traffic'] }) {
  const rows = rowsOf(traffic)
  const total = sum(rows)
  return (
    <section class="card traffic" aria-labelledby="traffic-title">
      <h2 id="traffic-title">Traffic</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">Path</th>
            <th scope="col" class="number">
              Up
            </th>
            <th scope="col" class="number">
              Down
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, sent, received }) => (
            <Row key={name} name={name} sent={sent} received={received} />
          ))}
        </tbody>
        <tfoot>
          <Row name="In all" {...total} />
        </tfoot>
      </table>
    </section>
  )
}

interface Bytes {
  readonly sent: number
  readonly received: number
}

function Row({ name, sent, received }: Bytes & { name: string }) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td class="number">{formatBytes(sent)}</td>
      <td class="number">{formatBytes(received)}</td>
    </tr>
  )
}

/** One row per name: both kinds of WebRTC are the same to a person. */
function rowsOf(traffic: Snapshot['traffic']): readonly (Bytes & { name: string })[] {
  const byName = new Map<string, Bytes>()
  for (const [path, bytes] of Object.entries(traffic)) {
    const name = pathInWords(path as Path)
    byName.set(name, sum([byName.get(name) ?? { sent: 0, received: 0 }, bytes]))
  }
  return [...byName].map(([name, bytes]) => ({ name, ...bytes })).sort((a, b) => (a.name < b.name ? -1 : 1))
}

function sum(bytes: readonly Bytes[]): Bytes {
  return bytes.reduce<Bytes>(
    (all, { sent, received }) => ({ sent: all.sent + sent, received: all.received + received }),
    { sent: 0, received: 0 },
  )
}
