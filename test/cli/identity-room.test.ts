import { Writable } from 'node:stream';
import { expect, test, vi } from 'vitest';
import { inIdentityRoom } from '../../src/cli/identity-room.ts';
import { createOutput } from '../../src/cli/output.ts';
import { tempFolder } from '../temp-folder.ts';

async function failing(error: Error) {
  vi.stubEnv('CLAUDE_BEDROCK_HOME', tempFolder('identity-room-'));
  vi.stubEnv('CLAUDE_BEDROCK_VAULT', 'memory');
  let said = '';
  const stream = new Writable({
    write(chunk, _, done) {
      said += String(chunk);
      done();
    },
  });
  const code = await inIdentityRoom(createOutput({ stdout: stream, stderr: stream }), async () => {
    throw error;
  });
  return { code, said };
}

test.each([
  ['EACCES', 'permission denied'],
  ['EROFS', 'read-only file system'],
  ['ENOSPC', 'no space left on device'],
])('a file that the system refuses (%s) is named, and no fault of the program is claimed', async (code, words) => {
  const path = '/state/locks/keys.lock';
  const told = await failing(Object.assign(new Error(`${code}: ${words}, open '${path}'`), { code, path }));
  expect(told.code).toBe(1);
  expect(told.said).toContain(path);
  expect(told.said).toContain(words);
  expect(told.said).not.toMatch(/Something went wrong| {4}at /);
});
