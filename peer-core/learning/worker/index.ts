export { createRemoteTrainer } from './remote-trainer.ts'
export { serveTrainer } from './serve-trainer.ts'
export type { SpawnedWorker } from './worker-link.ts'
