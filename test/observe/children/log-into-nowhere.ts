import { createLog } from '../../../src/observe/log.ts';
import { createScrubber } from '../../../src/observe/scrub.ts';

/*
 * Writes more to stderr than a pipe holds, and than the log keeps for it, then ends as a server does.
 */

// A pipe is told by this not to hold up whoever writes to it.
void process.stderr;
const log = createLog({ level: 'debug', destination: 'stderr', scrubber: createScrubber() });
const detail = 'x'.repeat(16 * 1024);
for (let round = 0; round < 10; round++) {
  for (let line = 0; line < 100; line++) log.write({ type: 'failure', where: 'test', code: 'internal', detail });
  await new Promise((resolve) => setTimeout(resolve, 20));
}
await log.flush();
log.write({ type: 'stopped' });
await log.flush();
process.exit(0);
