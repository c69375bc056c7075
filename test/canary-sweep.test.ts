import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { leakIn } from './canary.ts';
import { tempFolder } from './temp-folder.ts';

test('a planted secret is seen in clear, in base64 at every alignment, and in hex', () => {
  const secret = 'canary-4711';
  for (const before of ['', 'a', 'ab']) {
    expect(leakIn(`x ${Buffer.from(before + secret).toString('base64')}`)).toBeDefined();
    expect(leakIn(`x ${Buffer.from(before + secret).toString('base64url')}`)).toBeDefined();
  }
  expect(leakIn(Buffer.from(secret).toString('hex'))).toBeDefined();
  expect(leakIn(`Bearer ${secret}`)).toContain(secret);
  expect(leakIn('a canary sang')).toBeUndefined();
});

/* What the run says goes into a file that the sweep takes for handed in: its output would be a leak of this file. */
test('promise 2: the sweep fails a test file for every way a secret can get out, and names it', async () => {
  const file = join(tempFolder('sweep-'), 'planted-output');
  const output = openSync(file, 'w');
  const args = ['node_modules/vitest/vitest.mjs', 'run', '--config', 'test/children/leaks.config.ts', '--no-color'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', output, output] });
  expect((await once(child, 'close'))[0]).toBe(1);
  closeSync(output);
  const said = readFileSync(file, 'utf8');
  expect(said).toMatch(/5 passed/);
  expect(said).toMatch(/1 failed/);
  expect(said).toMatch(/the stdout of `.*` holds a planted secret: …canary-stdout/);
  expect(said).toMatch(/the stderr of `.*` holds a planted secret/);
  expect(said).toMatch(/the answer to GET \/ours holds a planted secret: .*canary-answer/);
  expect(said).toMatch(/audit\.jsonl holds a planted secret: .*canary-thrown-away/);
  expect(said).toMatch(/left-\w+\/log holds a planted secret: …canary-left-behind/);
  expect(said).toMatch(/left-\w+ is left in the temporary folder/);
  expect(said).toMatch(/the answer to POST \/v1\/chat\/completions holds a planted secret: .*canary-of-another/);
  expect(said).not.toContain('canary-my-own-words');
  expect(said).not.toContain('/stand-in');
  expect(said).not.toContain('handed-in holds');
  expect(said).not.toContain('credentials holds');
}, 60_000);
