import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { ProxyError } from '../../src/base/errors.ts';
import { renewer } from './children/token-renewer.ts';

/** `.ci/run` sets ROTATION_KILLS=1000 (some 100 ms of CPU each); a plain `npm test` kills fewer times. */
const kills = Number(process.env['ROTATION_KILLS'] ?? 40);
const lanes = 12;

/** Rotates at every use; a spent token ends the lane's grant, as RFC 9700 advises. */
async function strictServer() {
  const current = new Map<string, string>();
  let count = 0;
  const answer = async (line: string): Promise<string> => {
    const [lane = '', token] = line.split(' ');
    if (current.get(lane) !== token) {
      current.delete(lane);
      return '400 {"error":"invalid_grant"}';
    }
    const nth = ++count;
    current.set(lane, `refresh-${nth}`);
    await sleep(Math.random() * 6);
    const pair = { access_token: `access-${nth}`, refresh_token: `refresh-${nth}`, expires_in: 300 };
    return `200 ${JSON.stringify(pair)}`;
  };
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    // The one at the other end is killed at any moment.
    socket.on('error', () => {});
    let line = '';
    socket.setEncoding('utf8').on('data', async (piece) => {
      line += piece;
      if (line.endsWith('\n')) socket.end(await answer(line.trimEnd()));
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    grantAnew: (lane: string) => {
      const refreshToken = `refresh-${++count}`;
      current.set(lane, refreshToken);
      return { accessToken: `access-${count}`, refreshToken, expiresInMs: 300_000 };
    },
    close: () => void server.close(),
  };
}

test(`${kills} SIGKILLs at random moments round a refresh: never a torn or lost record; what was lost on the wire is named "interrupted", everything else goes on`, async () => {
  const dir = mkdtempSync(join(tmpdir(), 'kill-'));
  const program = join(dir, 'renewer.mjs');
  await build({
    entryPoints: ['test/auth/children/token-renewer.ts'],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    minify: true,
    logLevel: 'error',
  });
  const server = await strictServer();
  const ends = { went_on: 0, interrupted: 0 };

  async function killOnce(lane: string): Promise<void> {
    const home = join(dir, lane);
    const child = spawn(process.execPath, [program, 'renew-until-killed', home, lane, String(server.port)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    await sleep(Math.random() * 50);
    child.kill('SIGKILL');
    await once(child, 'exit');

    const survivor = renewer(home, lane, server.port);
    const status = await survivor.status();
    if (status.state !== 'signed-in') throw new Error(`the record says ${JSON.stringify(status)}`);
    const end = await survivor.renew('background').catch((error: unknown) => error);
    if (!(end instanceof ProxyError)) {
      ends.went_on += 1;
    } else {
      expect(end.publicMessage).toMatch(/lost when a renewal was interrupted/);
      expect(await survivor.status()).toMatchObject({ state: 'ended', reason: 'interrupted' });
      ends.interrupted += 1;
      await survivor.save(server.grantAnew(lane));
    }
    await survivor.close();
  }

  try {
    await Promise.all(
      Array.from({ length: lanes }, async (_, at) => {
        const lane = `lane${at}`;
        await renewer(join(dir, lane), lane, server.port).save(server.grantAnew(lane));
        for (let round = at; round < kills; round += lanes) await killOnce(lane);
      }),
    );
  } finally {
    server.close();
    rmSync(dir, { recursive: true, force: true });
  }
  process.stderr.write(`SIGKILL torture: ${JSON.stringify(ends)}\n`);
  expect(ends.went_on + ends.interrupted).toBe(kills);
  // Both ends must have been met, or the moments were not round the refresh.
  expect(Math.min(ends.went_on, ends.interrupted)).toBeGreaterThan(0);
}, 900_000);
