import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { ProxyError } from '../../src/base/errors.ts';
import { renewer } from './children/token-renewer.ts';

/** CI sets ROTATION_KILLS=1000 (some 200 ms of CPU each); a plain `npm test` kills fewer times. */
const kills = Number(process.env['ROTATION_KILLS'] ?? 40);
const lanes = 12;

/** Rotates at every use; a spent token ends the lane's grant, as RFC 9700 advises. */
async function strictServer() {
  const current = new Map<string, string>();
  let count = 0;
  const server = createServer(async (request, response) => {
    const lane = request.url ?? '';
    const token = await text(request);
    if (current.get(lane) !== token) {
      current.delete(lane);
      response.writeHead(400).end('{"error":"invalid_grant"}');
      return;
    }
    const next = `refresh-${++count}`;
    current.set(lane, next);
    await sleep(Math.random() * 6);
    response.end(JSON.stringify({ access_token: `access-${count}`, refresh_token: next, expires_in: 300 }));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    current,
    grantAnew: (lane: string) => {
      const refreshToken = `refresh-${++count}`;
      current.set(lane, refreshToken);
      return { accessToken: `access-${count}`, refreshToken, expiresInMs: 300_000 };
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
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
  const env = { ...process.env, NODE_COMPILE_CACHE: join(dir, 'compile-cache') };
  const server = await strictServer();
  const ends = { went_on: 0, interrupted: 0 };

  async function killOnce(lane: string): Promise<void> {
    const home = join(dir, lane);
    const url = `${server.url}/${lane}`;
    const child = spawn(process.execPath, [program, 'renew-until-killed', home, url], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env,
    });
    await once(child.stdout, 'data');
    await sleep(Math.random() * 50);
    child.kill('SIGKILL');
    await once(child, 'exit');

    const survivor = renewer(home, url);
    const status = await survivor.status();
    if (status.state !== 'signed-in') throw new Error(`the record says ${JSON.stringify(status)}`);
    const end = await survivor.renew('background').catch((error: unknown) => error);
    if (!(end instanceof ProxyError)) {
      ends.went_on += 1;
    } else {
      expect(end.publicMessage).toMatch(/lost when a renewal was interrupted/);
      expect(await survivor.status()).toMatchObject({ state: 'ended', reason: 'interrupted' });
      ends.interrupted += 1;
      await survivor.save(server.grantAnew(`/${lane}`));
    }
    await survivor.close();
  }

  try {
    await Promise.all(
      Array.from({ length: lanes }, async (_, at) => {
        const lane = `lane${at}`;
        await renewer(join(dir, lane), `${server.url}/${lane}`).save(server.grantAnew(`/${lane}`));
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
