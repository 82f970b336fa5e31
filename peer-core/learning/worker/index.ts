export { createRemoteTrainer } from './remote-trainer.ts'
export { serveTrainer } from './serve-trainer.ts'
