/** Models as files: written in the format that a name asks for, read as weights to start from. @module */
import { mkdir, writeFile } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { MiB, messageOf } from '../peer-core/index.ts'
import {
  decodeSafetensors,
  encodeSafetensors,
  exportOnnx,
  exportTfjs,
  type ImportedModel,
  importTfjs,
  tensorsOf,
  tfjsWeightsName,
  weightsOf,
} from '../peer-core/learning/index.ts'
import { limits, type ModelSpec } from '../peer-core/wire/index.ts'
import { readNamed } from './data/named-files.ts'
import { UsageError } from './usage-error.ts'

export const modelFormats = ['safetensors', 'onnx', 'tfjs'] as const
export type ModelFormat = (typeof modelFormats)[number]

/** float64 of every parameter, and a header */
const maxWeightBytes = 8 * limits.parameters + 1 * MiB
const maxTopologyBytes = 16 * MiB

/**
 * Writes a file, or for `tfjs` a folder with `model.json` and its weights. What is there is replaced.
 *
 * @throws {@link FormatError} `CANNOT_EXPORT`; {@link UsageError} when `path` cannot be written
 */
export async function writeModel(
  path: string,
  format: ModelFormat,
  { name, model, weights }: { name: string; model: ModelSpec; weights: Float32Array },
): Promise<void> {
  switch (format) {
    case 'safetensors':
      return write(path, encodeSafetensors(tensorsOf(model, weights), { name, model: JSON.stringify(model) }))
    case 'onnx':
      return write(path, exportOnnx(model, weights, name))
    case 'tfjs': {
      const files = exportTfjs(model, weights)
      await mkdir(path, { recursive: true }).catch((error: unknown) => unwritable(path, error))
      await write(join(path, tfjsWeightsName), files.weights)
      return write(join(path, 'model.json'), files.json)
    }
    default:
      return format satisfies never
  }
}

/** A TF.js `model.json`. @throws {@link DataError}, {@link FormatError}, {@link ModelError} */
export async function readTopology(path: string): Promise<ImportedModel> {
  const { bytes } = await readNamed(path, maxTopologyBytes)
  return importTfjs(new TextDecoder().decode(bytes), path)
}

/**
 * Weights for a model: from safetensors, or from a TF.js `model.json` with its files beside it.
 *
 * @throws {@link DataError}, {@link FormatError}; {@link UsageError} when a `model.json` is of another model
 */
export async function readWeights(path: string, model: ModelSpec): Promise<Float32Array<ArrayBuffer>> {
  if (extname(path) !== '.json') {
    const { name, bytes } = await readNamed(path, maxWeightBytes)
    return weightsOf(model, decodeSafetensors(bytes, name), name)
  }
  const imported = await readTopology(path)
  if (!isDeepStrictEqual(imported.model, model)) throw new UsageError(`${path}: is of another model than the task's`)
  return imported.weights(await readWeightFiles(path, imported.weightFiles))
}

async function readWeightFiles(json: string, files: readonly string[]): Promise<Uint8Array> {
  const parts = []
  for (const file of files) {
    // Beside the model.json, whatever it says.
    if (basename(file) !== file) throw new UsageError(`${json}: weights are read from beside it only, not from ${file}`)
    parts.push((await readNamed(join(dirname(json), file), maxWeightBytes)).bytes)
  }
  return new Uint8Array(Buffer.concat(parts))
}

async function write(path: string, data: string | Uint8Array): Promise<void> {
  await writeFile(path, data).catch((error: unknown) => unwritable(path, error))
}

function unwritable(path: string, error: unknown): never {
  throw new UsageError(`${path}: cannot be written: ${messageOf(error)}`)
}
