import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { locksIn } from '../../../src/auth/lock.ts';
import { systemClock } from '../../../src/base/clock.ts';

/** `hold`: takes the lock and keeps it. `count`: adds one to a file, unprotected but for the lock, many times. */

const [mode = '', dir = ''] = process.argv.slice(2);
const take = locksIn(dir, systemClock);
if (mode === 'hold') {
  await take('t');
  process.stdout.write('held\n');
  setInterval(() => {}, 1_000);
} else {
  const file = join(dir, 'counter');
  for (let round = 0; round < 50; round++) {
    const release = await take('t');
    const value = Number(readFileSync(file, 'utf8'));
    if (round % 10 === 0) await systemClock.sleep(1);
    writeFileSync(file, String(value + 1));
    appendFileSync(join(dir, 'log'), `${process.pid}\n`);
    release();
  }
}
