/**
 * The parts of a TF.js LayersModel file that are read and written: `model.json` beside files of weights
 * ({@link https://www.tensorflow.org/js/guide/save_load}). Its topology is Keras's.
 * @module
 */
import { z } from 'zod'

export const kerasLayerSchema = z.object({
  class_name: z.string(),
  config: z.looseObject({ name: z.string().optional() }),
  /** of functional models: what it takes, `[[[name, node, tensor, …], …], …]` */
  inbound_nodes: z.array(z.unknown()).optional(),
})
export type KerasLayer = z.infer<typeof kerasLayerSchema>

const modelConfigSchema = z.object({
  class_name: z.string(),
  // Early Keras wrote a Sequential's layers without a wrapping object.
  config: z.union([
    z.array(kerasLayerSchema).transform((layers) => ({ layers })),
    z.looseObject({ layers: z.array(kerasLayerSchema) }),
  ]),
})

export const weightsManifestSchema = z.array(
  z.object({
    paths: z.array(z.string().max(512)).min(1),
    weights: z.array(
      z.object({
        name: z.string(),
        shape: z.array(z.int().min(0)).max(16),
        dtype: z.string(),
        quantization: z.unknown().optional(),
      }),
    ),
  }),
)
export type WeightsManifest = z.infer<typeof weightsManifestSchema>

export const layersModelSchema = z.object({
  modelTopology: z.union([
    z.object({ model_config: modelConfigSchema }).transform((topology) => topology.model_config),
    modelConfigSchema,
  ]),
  weightsManifest: weightsManifestSchema.optional(),
})
export type LayersModel = z.infer<typeof layersModelSchema>
