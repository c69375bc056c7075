import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Who listens on a TCP port, e.g. `node (process 4242)`, where the system tells (Linux's /proc, own processes); else undefined. */
export function portHolder(port: number): string | undefined {
  try {
    const inodes = new Set(['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) => listenersOn(port, table)));
    if (inodes.size === 0) return undefined;
    for (const pid of readdirSync('/proc')) {
      if (/^\d+$/.test(pid) && holdsOneOf(pid, inodes)) {
        return `${readFileSync(`/proc/${pid}/comm`, 'utf8').trim()} (process ${pid})`;
      }
    }
  } catch {
    // No /proc: macOS, Windows, or a sandbox.
  }
  return undefined;
}

/** Inodes of the sockets in state LISTEN (0A) whose local port it is; proc_pid_net(5). */
function listenersOn(port: number, table: string): string[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  return readFileSync(table, 'utf8')
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => state === '0A' && local?.endsWith(`:${wanted}`))
    .flatMap((columns) => columns[9] ?? []);
}

function holdsOneOf(pid: string, inodes: ReadonlySet<string>): boolean {
  const folder = `/proc/${pid}/fd`;
  try {
    return readdirSync(folder).some((fd) => inodes.has(socketInode(`${folder}/${fd}`)));
  } catch {
    return false;
  }
}

function socketInode(link: string): string {
  try {
    return /^socket:\[(\d+)\]$/.exec(readlinkSync(link))?.[1] ?? '';
  } catch {
    return '';
  }
}
