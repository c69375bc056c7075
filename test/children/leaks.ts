import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'vitest';

/** A test file that leaks in every way the sweep knows; `canary-sweep.test.ts` runs it and reads what was found. */

test('a child prints a secret, in two pieces', async () => {
  const program = `process.stdout.write('can'); setTimeout(() => process.stdout.write('ary-stdout'), 50); console.error('ok')`;
  await once(spawn(process.execPath, ['-e', program]), 'close');
  const hidden = Buffer.from('Basic user:canary-base64').toString('base64');
  await once(spawn(process.execPath, ['-e', `console.error('${hidden}')`]), 'close');
});

test('an answer of the program holds a secret; one of a stand-in may', async () => {
  const server = createServer((request, response) => {
    if (request.url === '/ours') response.setHeader('x-content-type-options', 'nosniff');
    response.end('{"error":"canary-answer"}');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  for (const path of ['/ours', '/stand-in']) await (await fetch(`http://127.0.0.1:${port}${path}`)).text();
  server.close();
  server.closeAllConnections();
});

test('a model’s answer repeats what its own client said, and what another said', async () => {
  const server = createServer((request, response) => {
    request.resume().once('end', () => {
      response.setHeader('x-content-type-options', 'nosniff');
      response.end(`you said canary-my-own-words${request.headers['x-other'] ? ' and canary-of-another' : ''}`);
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/v1/chat/completions`;
  const body = '{"content":"canary-my-own-words"}';
  for (const headers of [{}, { 'x-other': '1' }]) await (await fetch(url, { method: 'POST', headers, body })).text();
  server.close();
  server.closeAllConnections();
});

test('a state folder holds a secret, and is thrown away', () => {
  const home = mkdtempSync(join(tmpdir(), 'state-'));
  mkdirSync(join(home, '.aws'));
  writeFileSync(join(home, '.aws', 'credentials'), 'canary-handed-in');
  writeFileSync(join(home, 'audit.jsonl'), '{"detail":"canary-thrown-away"}');
  rmSync(home, { recursive: true });
});

test('a file that nobody cleaned up holds a secret', () => {
  writeFileSync(join(mkdtempSync(join(tmpdir(), 'left-')), 'log'), 'canary-left-behind');
});
