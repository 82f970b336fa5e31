/**
 * What a GPU says beside its answers: that it is lost, that its memory ran out, that it refused a command. TF.js does not listen,
 * and a buffer that nothing was written to reads as zeros: a model of zeros would be taken for what was learned.
 * @module
 */

/** @returns throws what was said first, if anything was, from then on */
export function gpuFaults(device: GPUDevice): () => void {
  let fault: Error | undefined
  device.addEventListener('uncapturederror', ({ error }) => {
    // Once, not for every command that follows from it.
    fault ??= new Error(`${error instanceof GPUOutOfMemoryError ? 'out of memory' : 'refused'}: ${error.message}`)
  })
  void device.lost.then(({ message }) => {
    fault ??= new Error(message === '' ? 'device lost' : `device lost: ${message}`)
  })
  return () => {
    if (fault !== undefined) throw fault
  }
}
