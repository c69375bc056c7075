import { defineConfig } from 'vitest/config';

/** Runs the file that leaks, with the sweep of the whole suite. */
export default defineConfig({
  test: { include: ['test/children/leaks.ts'], setupFiles: ['test/canary-sweep.ts'] },
});
