import { join } from 'node:path';
import { isObject } from '../base/json.ts';
import { resolvePaths } from '../config/paths.ts';
import { readStateFile, writeStateFile } from '../config/state-file.ts';
import { version } from './package-version.ts';
import { canAsk } from './terminal.ts';

type Env = Readonly<Record<string, string | undefined>>;
type Seen = { checkedAt: number; latest: string };

const dayMs = 86_400_000;
const patienceMs = 1_000;
const registry = 'https://registry.npmjs.org/claude-bedrock/latest';

/**
 * A line about a newer version, at most once a day, and only for a person at a terminal; undefined otherwise. It reads
 * public metadata of the npm registry and sends nothing; CLAUDE_BEDROCK_NO_UPDATE_CHECK or CI switch it off.
 */
export async function updateNotice(
  argv: readonly string[],
  env: Env,
  { now = Date.now(), atTerminal = canAsk() } = {},
): Promise<string | undefined> {
  if (!atTerminal || env['CLAUDE_BEDROCK_NO_UPDATE_CHECK'] || env['CI'] || argv.includes('--json')) return undefined;
  const file = join(resolvePaths().state, 'update.json');
  const seen = seenOf(readStateFile(file));
  if (seen && now - seen.checkedAt < dayMs) return undefined;
  const latest = await latestVersion(env['CLAUDE_BEDROCK_UPDATE_URL'] ?? registry);
  // A registry that cannot be reached is not asked again today either.
  writeStateFile(file, { checkedAt: now, latest: latest ?? seen?.latest ?? '' } satisfies Seen);
  if (latest === undefined || !isNewer(latest, version)) return undefined;
  return `claude-bedrock ${latest} is out (this is ${version}): npm install -g claude-bedrock@latest`;
}

function seenOf(value: unknown): Seen | undefined {
  if (!isObject(value)) return undefined;
  const { checkedAt, latest } = value;
  return typeof checkedAt === 'number' && typeof latest === 'string' ? { checkedAt, latest } : undefined;
}

async function latestVersion(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(patienceMs) });
    const body: unknown = response.ok ? await response.json() : undefined;
    const latest = isObject(body) ? body['version'] : undefined;
    // Only a plain version may reach the terminal.
    return typeof latest === 'string' && /^\d{1,5}\.\d{1,5}\.\d{1,5}$/.test(latest) ? latest : undefined;
  } catch {
    return undefined;
  }
}

/** By the three numbers; a pre-release counts as its release. */
export function isNewer(one: string, other: string): boolean {
  const [a, b] = [one, other].map((text) => text.split(/[.-]/).slice(0, 3).map(Number));
  for (let at = 0; at < 3; at++) {
    const difference = (a?.[at] ?? 0) - (b?.[at] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}
