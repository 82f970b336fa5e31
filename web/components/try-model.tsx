/** Try the model: draw, and see what the last committed one makes of it. Nothing drawn leaves the device. @module */
import { useEffect, useRef, useState } from 'preact/hooks'
import { messageOf } from '../../peer-core/index.ts'
import { type LatestOnly, latestOnly } from '../drawing/latest-only.ts'
import { imageSide, prepareImage } from '../drawing/prepare-image.ts'
import { formatWholePercent } from '../format.ts'
import type { TaskSpec } from '../peer.ts'
import { DrawingPad } from './drawing-pad.tsx'
import { ProbabilityBars } from './probability-bars.tsx'

interface TryModelProps {
  readonly classes: readonly string[]
  /** of the last commit: with a new one the drawing is judged again */
  readonly round: number
  readonly predict: (image: Float32Array) => Promise<Float32Array>
}

/** What the pad can draw: the classes of a task whose images are like those that it makes. */
export function drawnClasses({ data }: TaskSpec): readonly string[] | undefined {
  if (data.kind !== 'images') return undefined
  const [height, width, channels] = data.shape
  return height === imageSide && width === imageSide && channels === 1 ? data.classes : undefined
}

export function TryModel({ classes, round, predict }: TryModelProps) {
  const [image, setImage] = useState<Float32Array>()
  const { probabilities, failure } = usePrediction(predict, image, round)
  return (
    <section class="card try" aria-labelledby="try-title">
      <h2 id="try-title">Try the model</h2>
      <div class="try-parts">
        <DrawingPad onDraw={(ink) => setImage(prepareImage(ink))} onClear={() => setImage(undefined)} />
        <ProbabilityBars classes={classes} probabilities={probabilities} />
      </div>
      <div class="try-verdict">
        <ModelsEye image={image} />
        <p role="status">{verdictOf(probabilities, failure, classes, round)}</p>
      </div>
    </section>
  )
}

/** What reaches the model, pixel by pixel. */
function ModelsEye({ image }: { image: Float32Array | undefined }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    const context = canvas.current!.getContext('2d')!
    const pixels = context.createImageData(imageSide, imageSide)
    // White on black, as in the data that the model learns from.
    for (let i = 0; i < imageSide * imageSide; i += 1) pixels.data.set([255, 255, 255, 255 * (image?.[i] ?? 0)], 4 * i)
    context.putImageData(pixels, 0, 0)
  }, [image])
  return (
    <canvas
      ref={canvas}
      class="models-eye"
      data-empty={image === undefined}
      width={imageSide}
      height={imageSide}
      role="img"
      aria-label="What the model sees"
    />
  )
}

interface Prediction {
  readonly probabilities?: Float32Array
  readonly failure?: string
}

function usePrediction(
  predict: (image: Float32Array) => Promise<Float32Array>,
  image: Float32Array | undefined,
  round: number,
): Prediction {
  const [prediction, setPrediction] = useState<Prediction>({})
  const asking = useRef<LatestOnly<Float32Array>>(undefined)
  const wanted = useRef<Float32Array>(undefined)
  wanted.current = image

  useEffect(() => {
    asking.current = latestOnly(predict, {
      answer: (probabilities) => wanted.current !== undefined && setPrediction({ probabilities }),
      failure: (error) => setPrediction({ failure: messageOf(error) }),
    })
    return () => asking.current?.close()
  }, [predict])

  // A new round has another model, which judges the same drawing anew.
  useEffect(() => {
    if (image === undefined) setPrediction({})
    else asking.current?.ask(image)
  }, [image, round])
  return prediction
}

/** No model is ever wholly sure. */
function sureness(share: number): string {
  return share > 0.99 ? 'more than 99%' : formatWholePercent(share)
}

function verdictOf(
  probabilities: Float32Array | undefined,
  failure: string | undefined,
  classes: readonly string[],
  round: number,
): string {
  if (failure !== undefined) return `The model could not answer: ${failure}`
  if (probabilities === undefined) return 'Your drawing stays on this device.'
  const best = probabilities.indexOf(Math.max(...probabilities))
  const model = round === 0 ? 'The untrained model' : `The model of round ${round}`
  return `${model} sees “${classes[best]}”, ${sureness(probabilities[best]!)} sure.`
}
