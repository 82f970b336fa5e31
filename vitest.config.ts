import { defineConfig } from 'vitest/config'

/** Tests that start processes, browsers or real networks: one file at a time, after all others, so that none starves them. */
const real = [
  'tests/e2e/**/*.test.ts',
  'tests/network/**/*.test.ts',
  'tests/relay/**/*.test.ts',
  'tests/storage/**/*.test.ts',
  'tests/web/**/*.test.ts',
  'tests/seed-nodes/**/*.test.ts',
]
const common = { setupFiles: ['tests/setup.ts'], testTimeout: 60_000, hookTimeout: 60_000 }

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'pure',
          include: ['tests/**/*.test.ts'],
          exclude: real,
          maxWorkers: 2,
          // Files of one worker share their modules: nothing in those outlives a test, and to load them anew took two fifths of the time.
          isolate: false,
          sequence: { groupOrder: 0 },
          ...common,
        },
      },
      {
        test: { name: 'real', include: real, fileParallelism: false, sequence: { groupOrder: 1 }, ...common },
      },
    ],
  },
})
