import { once } from 'node:events';
import { lstatSync, mkdirSync, statSync, unlinkSync } from 'node:fs';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { ProxyError } from '../base/errors.ts';

/**
 * Lets a server listen at a Unix socket that only this person can open: 0600 from its first moment, in a folder of their
 * own (made 0700 where it is missing). Throws `invalid_request` for a folder that others may enter and for a path that is
 * no socket, node's `EADDRINUSE` while another server answers there; what a dead one left is cleared away.
 */
export async function listenAtSocket(server: Server, path: string): Promise<void> {
  if (process.platform === 'win32') throw refused('Windows has no Unix sockets here', 'remove listen.socket');
  ownFolder(dirname(path));
  await clearStale(path);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    // A chmod afterwards would leave a moment in which others can connect; node binds within this call.
    const mask = process.umask(0o177);
    try {
      server.listen(path, () => {
        server.off('error', reject);
        resolve();
      });
    } finally {
      process.umask(mask);
    }
  });
}

function ownFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if ((statSync(folder).mode & 0o077) === 0) return;
  throw refused(`Others may enter ${folder}, the folder of listen.socket`, `chmod 700 ${folder}, or choose another`);
}

async function clearStale(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found) return;
  if (!found.isSocket()) throw refused(`${path} exists and is no socket`, 'choose another path for listen.socket');
  if (await answers(path))
    throw Object.assign(new Error(`another server listens at ${path}`), { code: 'EADDRINUSE', address: path });
  unlinkSync(path);
}

async function answers(path: string): Promise<boolean> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

const refused = (what: string, fix: string): ProxyError => new ProxyError('invalid_request', `${what}.`, { fix });
