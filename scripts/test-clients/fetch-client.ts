import { execFile } from 'node:child_process';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Client } from './client.ts';

const run = promisify(execFile);
const fetchMs = 300_000;

/** The folder of the client's commands, fetched once into `cache`. Rejects with npm's own words. */
export async function fetchClient(client: Client, cache: string): Promise<string> {
  const folder = join(cache, client.package.replaceAll(/[^\w.-]+/g, '_'));
  const bin = join(folder, 'node_modules', '.bin');
  const done = join(folder, 'complete');
  if (await exists(done)) return bin;
  await mkdir(folder, { recursive: true });
  const name = client.package.slice(0, client.package.lastIndexOf('@'));
  // npm runs no install script that is not named here.
  const allowScripts = client.installScript ? { [name]: true } : {};
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, allowScripts }));
  await run('npm', ['install', '--save-exact', '--no-audit', '--no-fund', client.package], {
    cwd: folder,
    timeout: fetchMs,
    maxBuffer: 16 * 1024 * 1024,
  });
  await writeFile(done, '');
  return bin;
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
