import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

/** Keeps many objects alive for a while, which makes V8 double its young generation, and prints how far it went. */
const program = `
import { getHeapSpaceStatistics } from 'node:v8';
const bound = process.argv[1] === 'bound';
const look = bound ? (await import(process.argv[2])).boundYoungHeap() : () => {};
const kept = [];
let largest = 0;
for (let request = 0; request < 4_000; request++) {
  look();
  kept.push(Array.from({ length: 1_000 }, (_, at) => ({ at })));
  if (kept.length > 500) kept.shift();
  if (request % 50 === 0)
    largest = Math.max(largest, getHeapSpaceStatistics().find((space) => space.space_name === 'new_space').space_size);
}
process.stdout.write(String(largest / 2 ** 20));
`;

async function youngMb(mode: 'bound' | 'free'): Promise<number> {
  const room = new URL('../../src/compose/young-heap.ts', import.meta.url).href;
  // While it marks step by step, V8 goes past any bound for a moment and comes back: it marks in one go here.
  const args = ['--no-incremental-marking', '--input-type=module', '-e', program, '--', mode, room];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 20_000 });
  return Number(stdout);
}

test('the young generation stops growing at 16 MB, where V8 alone goes on', async () => {
  const [bound, free] = await Promise.all([youngMb('bound'), youngMb('free')]);
  expect(bound).toBe(16);
  expect(free).toBeGreaterThan(16);
});
