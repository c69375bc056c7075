import { execFile } from 'node:child_process';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Client } from './client.ts';

const run = promisify(execFile);
const fetchMs = 300_000;

/** As npm takes it. */
export const exactPackage = ({ package: name, tried }: Client): string => `${name}@${tried.version}`;

/** The folder of the client's commands, fetched once into `cache`. Rejects with npm's own words. */
export async function fetchClient(client: Client, cache: string): Promise<string> {
  const exact = exactPackage(client);
  const folder = join(cache, exact.replaceAll(/[^\w.-]+/g, '_'));
  const bin = join(folder, 'node_modules', '.bin');
  const done = join(folder, 'complete');
  if (await exists(done)) return bin;
  await mkdir(folder, { recursive: true });
  // npm runs no install script that is not named here.
  const allowScripts = client.installScript ? { [client.package]: true } : {};
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, allowScripts }));
  await run('npm', ['install', '--save-exact', '--no-audit', '--no-fund', exact], {
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
