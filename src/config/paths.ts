import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where the configuration file and everything that the proxy remembers stand. */
export type Paths = { configFile: string; state: string };

type Surroundings = { env: Record<string, string | undefined>; platform: NodeJS.Platform; home: string };

/**
 * `CLAUDE_BEDROCK_HOME` holds everything when set; else the platform's own folders (XDG Base Directory on Linux,
 * Application Support on macOS, APPDATA and LOCALAPPDATA on Windows). `CLAUDE_BEDROCK_CONFIG` names the file alone.
 */
export function resolvePaths(
  { env, platform, home }: Surroundings = { env: process.env, platform: process.platform, home: homedir() },
): Paths {
  const folders = foldersOf(env, platform, home);
  return { configFile: set(env['CLAUDE_BEDROCK_CONFIG']) ?? join(folders.config, 'config.toml'), state: folders.state };
}

function foldersOf(env: Surroundings['env'], platform: NodeJS.Platform, home: string) {
  const own = set(env['CLAUDE_BEDROCK_HOME']);
  if (own) return { config: own, state: own };
  const name = 'claude-bedrock';
  if (platform === 'darwin') {
    const folder = join(home, 'Library', 'Application Support', name);
    return { config: folder, state: folder };
  }
  if (platform === 'win32') {
    return {
      config: join(set(env['APPDATA']) ?? join(home, 'AppData', 'Roaming'), name),
      state: join(set(env['LOCALAPPDATA']) ?? join(home, 'AppData', 'Local'), name),
    };
  }
  return {
    config: join(set(env['XDG_CONFIG_HOME']) ?? join(home, '.config'), name),
    state: join(set(env['XDG_STATE_HOME']) ?? join(home, '.local', 'state'), name),
  };
}

/** An empty variable counts as unset, as the XDG specification demands. */
const set = (value: string | undefined): string | undefined =>
  value === undefined || value === '' ? undefined : value;
