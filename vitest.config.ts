import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

// The programs that tests start compile the same files over and over: Node keeps what it compiled here.
process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, 'node_modules/.cache/compile');

/** Rooms whose tests share one module graph per worker: nothing there acts at import time or keeps mutable module state. */
const pure = ['base', 'bedrock', 'config', 'converse', 'golden', 'policy', 'proxy', 'wire'].map(
  (room) => `test/${room}/**/*.test.ts`,
);

export default defineConfig({
  test: {
    setupFiles: ['test/canary-sweep.ts'],
    // Sockets, processes and a shared machine: what fails once and then passes is told as flaky, not as broken.
    retry: process.env['CI'] ? 2 : 0,
    testTimeout: 20_000,
    hookTimeout: 20_000,
    restoreMocks: true,
    unstubEnvs: true,
    projects: [
      { extends: true, test: { name: 'pure', include: pure, isolate: false } },
      { extends: true, test: { name: 'program', include: ['test/**/*.test.ts'], exclude: pure } },
    ],
  },
});
