import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { bearer } from '../base/bearer.ts';
import { agoText } from '../base/span-text.ts';
import type { Loaded } from '../config/load.ts';
import type { Paths } from '../config/paths.ts';
import type { Settings } from '../config/schema.ts';
import type { ServerNote } from '../config/server-note.ts';
import { configuredUrl } from '../config/server-url.ts';
import { isAlive } from '../config/state-file.ts';
import { readTunnelNote } from '../config/tunnel-note.ts';
import { answersAt } from './answering-server.ts';
import type { CheckRow } from './check-row.ts';
import { tilde } from './found-credentials.ts';
import { lastOfCursor } from './last-of-cursor.ts';
import { ownKey } from './own-key.ts';
import { version } from './package-version.ts';
import { portHolder } from './port-holder.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Whether this Node is new enough; `node` is its version without a `v`. */
export function nodeRow(node: string): CheckRow {
  const [major = 0, minor = 0] = node.split('.').map(Number);
  const old = major < 22 || (major === 22 && minor < 19);
  return { name: 'node', state: old ? 'fail' : 'ok', found: `Node ${node}`, fix: old ? 'install Node 24' : undefined };
}

/** Variables that are known to lead people astray. */
export function environmentRows(env: Env, profile: string | undefined): CheckRow[] {
  const rows: CheckRow[] = [];
  const add = (state: CheckRow['state'], found: string, fix: string) =>
    rows.push({ name: 'environment', state, found, fix });
  if (env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0')
    add(
      'fail',
      'NODE_TLS_REJECT_UNAUTHORIZED=0: certificates would not be checked',
      'unset it, and name your company’s CA file in NODE_EXTRA_CA_CERTS',
    );
  const named = profile ?? env['AWS_PROFILE'];
  if (env['AWS_BEARER_TOKEN_BEDROCK'] && named !== undefined)
    add(
      'warn',
      `AWS_BEARER_TOKEN_BEDROCK wins over the profile ${named}`,
      `unset AWS_BEARER_TOKEN_BEDROCK, if ${named} is meant`,
    );
  if (env['AWS_ACCESS_KEY_ID'] && env['AWS_PROFILE'])
    add('warn', `AWS_ACCESS_KEY_ID and AWS_PROFILE are both set: the profile wins`, 'unset the one that is not meant');
  const proxied = env['HTTPS_PROXY'] ?? env['https_proxy'] ?? env['HTTP_PROXY'] ?? env['http_proxy'];
  const direct = env['NO_PROXY'] ?? env['no_proxy'] ?? '';
  if (proxied && !/(^|[\s,])(127\.0\.0\.1|localhost|\*)/.test(direct))
    add(
      'warn',
      'a proxy is set, and NO_PROXY does not name 127.0.0.1: your tools may send local requests away',
      'export NO_PROXY=127.0.0.1,localhost',
    );
  if (/--inspect/.test(env['NODE_OPTIONS'] ?? ''))
    add('warn', 'NODE_OPTIONS opens the Node inspector: whoever reaches it reads your prompts', 'unset NODE_OPTIONS');
  return rows;
}

const leastFreeBytes = 100 * 2 ** 20;

/** Whether what must be remembered can be written, and only this person reads it. */
export function diskRows({ state, configFile }: Paths): CheckRow[] {
  const folder = nearest(state);
  const rows: CheckRow[] = [];
  try {
    accessSync(folder, constants.W_OK);
    const { bavail, bsize } = statfsSync(folder);
    const free = bavail * bsize;
    if (free < leastFreeBytes)
      rows.push({
        name: 'disk',
        state: 'warn',
        found: `only ${Math.round(free / 2 ** 20)} MB free at ${folder}`,
        fix: 'free some space',
      });
    else rows.push({ name: 'disk', state: 'ok', found: `${tilde(state)} can be written` });
  } catch {
    const fix = `chmod u+rwx ${folder}, or set CLAUDE_BEDROCK_HOME`;
    rows.push({ name: 'disk', state: 'warn', found: `${folder} cannot be written: nothing is remembered`, fix });
  }
  for (const path of [state, configFile]) {
    // Windows keeps rights in lists that this number does not tell.
    if (process.platform === 'win32' || !existsSync(path) || (statSync(path).mode & 0o022) === 0) continue;
    rows.push({ name: 'permissions', state: 'warn', found: `others may write ${path}`, fix: `chmod go-w ${path}` });
  }
  return rows;
}

/** The folder itself, or the nearest one above it that exists. */
const nearest = (path: string): string => (existsSync(path) ? path : nearest(dirname(path)));

/** The port, who has it, whether the proxy answers there, and whether a key opens it. `note` is the server that runs. */
export async function serverRows(loaded: Loaded, note: ServerNote | undefined): Promise<CheckRow[]> {
  if (!note) return [await portRow(loaded.settings)];
  const old = note.version !== version;
  const server: CheckRow = {
    name: 'proxy',
    state: old ? 'warn' : 'ok',
    found: old ? `${note.url} runs ${note.version}, this is ${version}` : `answers at ${note.url}/v1 (pid ${note.pid})`,
    fix: old ? 'restart it: Ctrl+C, then claude-bedrock serve' : undefined,
  };
  return [server, await keyRow(loaded, note.url)];
}

async function portRow(settings: Settings): Promise<CheckRow> {
  const { port } = settings.listen;
  const url = configuredUrl(settings);
  if (port !== 0 && (await answersAt(url)))
    return {
      name: 'proxy',
      state: 'info',
      found: `one answers at ${url}/v1, started with another CLAUDE_BEDROCK_HOME`,
    };
  const holder = port === 0 ? undefined : portHolder(port);
  if (holder !== undefined) {
    const fix = `claude-bedrock config set listen.port ${port + 1}`;
    return { name: 'port', state: 'fail', found: `${port} is held by ${holder}`, fix };
  }
  return {
    name: 'proxy',
    state: 'info',
    found: port === 0 ? 'stopped' : `stopped; port ${port} is free`,
    fix: 'claude-bedrock serve',
  };
}

async function keyRow(loaded: Loaded, url: string): Promise<CheckRow> {
  const name = 'key';
  try {
    const key = await ownKey(loaded);
    if (!key)
      return {
        name,
        state: 'info',
        found: 'no key is kept; the server has one of its own',
        fix: 'claude-bedrock key create editor',
      };
    const headers = bearer(key);
    const { status } = await fetch(`${url}/readyz`, { headers, signal: AbortSignal.timeout(10_000) });
    return status === 401
      ? { name, state: 'fail', found: 'the server does not take your key', fix: 'claude-bedrock key list' }
      : { name, state: 'ok', found: 'opens the proxy' };
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    return { name, state: 'warn', found, fix: 'claude-bedrock auth status' };
  }
}

/** The tunnel that `cursor install` left, and when Cursor was seen last. */
export function tunnelRows(state: string, now: number): CheckRow[] {
  const note = readTunnelNote(state);
  const seen = lastOfCursor(state);
  const last = seen ? `last request from Cursor ${agoText(now - seen.at)}` : 'no request from Cursor yet';
  if (!note) return seen ? [{ name: 'tunnel', state: 'info', found: `none; ${last}` }] : [];
  return isAlive(note.pid)
    ? [{ name: 'tunnel', state: 'ok', found: `${note.publicUrl}; ${last}` }]
    : [{ name: 'tunnel', state: 'warn', found: `${note.publicUrl} is down`, fix: 'claude-bedrock cursor install' }];
}
