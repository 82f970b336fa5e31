/**
 * How the layers of a TF.js model hang together: one after the other, or with residual blocks: two chains from one layer whose
 * outputs are added, one of them empty where the input itself is added.
 * @module
 */
import { malformed, unsupported } from './errors.ts'
import type { KerasLayer } from './tfjs-schema.ts'

export type NamedLayer = KerasLayer & { readonly name: string }

export type Piece =
  | { readonly kind: 'plain'; readonly layer: NamedLayer }
  | { readonly kind: 'residual'; readonly layers: readonly NamedLayer[]; readonly shortcut: readonly NamedLayer[] }

/**
 * @param layers - as the file has them; the last one gives the output
 * @returns in the order of the way there, without the input
 * @throws {@link FormatError} `UNSUPPORTED`, naming the layer; `MALFORMED`
 */
export function piecesOf(layers: readonly NamedLayer[], file: string): readonly Piece[] {
  const byName = new Map(layers.map((layer) => [layer.name, layer]))
  const before = new Map(layers.map((layer, i) => [layer.name, sourcesOf(layer, layers[i - 1])]))
  const found = (name: string) => byName.get(name) ?? malformed(file, `no layer is named ${name}`)
  const used = new Set<string>()

  /** Back along single layers, to where a branch begins or several are added. @returns first the last one */
  const chainTo = (name: string): NamedLayer[] => {
    const chain: NamedLayer[] = []
    for (let at = found(name); ; at = found(before.get(at.name)![0]!)) {
      chain.push(at)
      if (chain.length > layers.length) return malformed(file, `layer ${at.name} takes what comes of itself`)
      if (at.class_name === 'Add' || before.get(at.name)!.length !== 1) return chain
    }
  }
  const pieces: Piece[] = []
  let at: NamedLayer | undefined = layers.at(-1)
  while (at !== undefined && at.class_name !== 'InputLayer') {
    if (used.has(at.name)) return malformed(file, `layer ${at.name} takes what comes of itself`)
    used.add(at.name)
    const sources: readonly string[] = before.get(at.name)!
    if (at.class_name !== 'Add') {
      if (sources.length > 1) return unsupported(file, at.name, 'takes something else than the layer before it')
      pieces.unshift({ kind: 'plain', layer: at })
      at = sources[0] === undefined ? undefined : found(sources[0])
      continue
    }
    if (sources.length !== 2) return unsupported(file, at.name, `adds ${sources.length} layers, only two are known`)
    const [one, other] = sources.map(chainTo) as [NamedLayer[], NamedLayer[]]
    const fork: NamedLayer | undefined = one.find((layer) => other.includes(layer))
    if (fork === undefined) return unsupported(file, at.name, 'adds what does not come from one layer')
    const [a, b] = [one, other].map((chain) => chain.slice(0, chain.indexOf(fork)).reverse()) as [
      NamedLayer[],
      NamedLayer[],
    ]
    if (a.length + b.length === 0) return unsupported(file, at.name, 'adds a layer to itself')
    for (const layer of [...a, ...b]) used.add(layer.name)
    pieces.unshift({ kind: 'residual', ...(a.length > 0 ? { layers: a, shortcut: b } : { layers: b, shortcut: a }) })
    at = fork
  }
  const idle = layers.find(
    ({ name, class_name }) => class_name !== 'InputLayer' && class_name !== 'Add' && !used.has(name),
  )
  if (idle !== undefined) return unsupported(file, idle.name, 'is not on the way to the output')
  return pieces
}

/** Names of what a layer takes; in a Sequential that is the one before it. */
function sourcesOf({ inbound_nodes: inbound }: KerasLayer, previous: NamedLayer | undefined): readonly string[] {
  if (inbound === undefined) return previous === undefined ? [] : [previous.name]
  const sources = JSON.stringify(inbound).matchAll(/\["((?:[^"\\]|\\.)*)",\s*\d+/g)
  return [...sources].map(([, name]) => JSON.parse(`"${name}"`) as string)
}
