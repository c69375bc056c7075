import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';

/** Who listens on a TCP port, e.g. `node (process 4242)`, where the system tells; else undefined. */
export function portHolder(port: number, platform: NodeJS.Platform = process.platform): string | undefined {
  if (platform === 'darwin') return holderOfLsof(run('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc']));
  if (platform === 'win32') return holderOfNetstat(run('netstat', ['-ano', '-p', 'TCP']), port);
  return holderOfProc(port);
}

function run(program: string, args: readonly string[]): string {
  return spawnSync(program, args, { encoding: 'utf8', timeout: 5_000, windowsHide: true }).stdout ?? '';
}

/** lsof's fields, one per line: `p4242`, `cnode`; lsof(8), OUTPUT FOR OTHER PROGRAMS. */
export function holderOfLsof(text: string): string | undefined {
  const pid = /^p(\d+)$/m.exec(text)?.[1];
  const name = /^c(.+)$/m.exec(text)?.[1];
  return pid === undefined ? undefined : `${name ?? 'a program'} (process ${pid})`;
}

/** Windows names the process by its number only; the state's word is translated, so a foreign address of port 0 tells a listener. */
export function holderOfNetstat(text: string, port: number): string | undefined {
  for (const line of text.split('\n')) {
    const [protocol, local, foreign, , pid] = line.trim().split(/\s+/);
    if (protocol === 'TCP' && local?.endsWith(`:${port}`) && foreign?.endsWith(':0')) return `process ${pid}`;
  }
  return undefined;
}

/** Linux's own tables; other people's processes stay unknown. */
function holderOfProc(port: number): string | undefined {
  try {
    const inodes = new Set(['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) => listenersOn(port, table)));
    if (inodes.size === 0) return undefined;
    for (const pid of readdirSync('/proc')) {
      if (/^\d+$/.test(pid) && holdsOneOf(pid, inodes)) {
        return `${programOf(pid)} (process ${pid})`;
      }
    }
  } catch {
    // No /proc: another Unix, or a sandbox.
  }
  return undefined;
}

/** The program as it was called; `comm` is the main thread's name, and Node's says `MainThread`. */
function programOf(pid: string): string {
  const [program = ''] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  return basename(program) || readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
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
