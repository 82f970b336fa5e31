export { createNodeTrainer } from './create-node-trainer.ts'
