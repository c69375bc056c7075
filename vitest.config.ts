import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { patienceMs } from './test/deadline.ts';

// The programs that tests start compile the same files over and over: Node keeps what it compiled here.
process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, 'node_modules/.cache/compile');

/** Rooms whose tests share one module graph per worker: nothing there acts at import time or keeps mutable module state. */
const rooms = ['base', 'bedrock', 'compose', 'config', 'connect', 'converse', 'demo', 'golden', 'http', 'observe']
  .concat('policy', 'proxy', 'sdk', 'sockets', 'wire')
  .map((room) => `test/${room}/**/*.test.ts`);

export default defineConfig({
  test: {
    globalSetup: ['test/no-leftovers.ts'],
    setupFiles: ['test/canary-sweep.ts'],
    // Many tests wait for a process or a socket, so that one core alone can serve two of them.
    maxWorkers: Math.max(2, availableParallelism()),
    expect: { poll: { timeout: patienceMs } },
    testTimeout: 40_000,
    hookTimeout: 60_000,
    restoreMocks: true,
    unstubEnvs: true,
    projects: [
      { extends: true, test: { name: 'rooms', include: rooms, isolate: false } },
      { extends: true, test: { name: 'programs', include: ['test/**/*.test.ts'], exclude: rooms } },
    ],
  },
});
