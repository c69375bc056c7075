import { readFileSync } from 'node:fs';
import { isObject } from '../base/json.ts';
import { Secret } from '../base/secret.ts';
import { isBodyLog } from './body-log.ts';
import { type Fault, fill, fromText, placesOf } from './check.ts';
import { type Paths, resolvePaths } from './paths.ts';
import { type Settings, settingsSchema } from './schema.ts';
import { lineOfKey } from './toml-lines.ts';

/** Where a value came from, as people look for it: `flag --port`, `CLAUDE_BEDROCK_PORT`, the file, or the default. */
export type Source =
  | { kind: 'flag'; name: string }
  | { kind: 'env'; name: string }
  | { kind: 'file'; file: string; line?: number }
  | { kind: 'default' };

/** One thing wrong with the configuration: where, what, and what would be right. */
export type Problem = { where: string; what: string; right: string };

/** Settings that passed every check, and where each came from. */
export type Loaded = {
  settings: Settings;
  /** `CLAUDE_BEDROCK_API_KEY`, for containers and CI; it never stands in the file. */
  apiKey?: Secret;
  paths: Paths;
  /** The source of a setting by its path, e.g. `listen.port`. */
  sourceOf(path: string): Source;
  /** Reads everything again, with the same flags. */
  reload(): Promise<LoadResult>;
};

/** The settings, or everything that is wrong with them. */
export type LoadResult = { ok: true; loaded: Loaded } | { ok: false; problems: Problem[] };

export type LoadOptions = {
  /** Values from flags by the setting's path; undefined ones count as absent. */
  flags?: Record<string, { name: string; value: unknown }>;
  env?: Record<string, string | undefined>;
  paths?: Paths;
};

/** Reads flags > environment > file > defaults. Never throws for what a person wrote: it returns every problem at once. */
export async function loadSettings(options: LoadOptions = {}): Promise<LoadResult> {
  const { flags = {}, env = process.env, paths = resolvePaths() } = options;
  const sources = new Map<string, Source>();
  const tree: Record<string, unknown> = {};

  const file = await readConfigFile(paths.configFile, env['CLAUDE_BEDROCK_CONFIG'] !== undefined);
  if ('problem' in file) return { ok: false, problems: [file.problem] };
  merge(tree, file.tree);

  const places = placesOf(settingsSchema);
  for (const { path, setting } of places) {
    const value = setting.env === undefined ? undefined : env[setting.env];
    if (setting.env === undefined || value === undefined || value === '') continue;
    put(tree, path, fromText(value, setting));
    sources.set(path, { kind: 'env', name: setting.env });
  }
  for (const [path, { name, value }] of Object.entries(flags)) {
    if (value === undefined) continue;
    const place = places.find((candidate) => candidate.path === path);
    put(tree, path, typeof value === 'string' && place ? fromText(value, place.setting) : value);
    sources.set(path, { kind: 'flag', name });
  }

  const sourceOf = (path: string): Source => {
    const source = sources.get(path);
    if (source) return source;
    if (pick(file.tree, path) === undefined) return { kind: 'default' };
    const line = lineOfKey(file.text, path.split('.'));
    return { kind: 'file', file: paths.configFile, ...(line === undefined ? {} : { line }) };
  };
  const { value, faults } = fill(settingsSchema, tree, places);
  // `fill` gives every setting of the schema a value that fits it, or a fault: without faults it is what the schema says.
  const settings = value as Settings;
  if (faults.length === 0) faults.push(...conflicts(settings));
  if (faults.length > 0) {
    const problem = ({ path, what, right }: Fault) => ({
      where: whereOf(sourceOf(path), path, file.text, paths),
      what,
      right,
    });
    return { ok: false, problems: faults.map(problem) };
  }
  const apiKey = keyOf(env);
  if (typeof apiKey === 'object') return { ok: false, problems: [apiKey] };
  return {
    ok: true,
    loaded: {
      settings,
      paths,
      sourceOf,
      reload: () => loadSettings(options),
      ...(apiKey ? { apiKey: new Secret(apiKey) } : {}),
    },
  };
}

/** The clients' key from its variable, or from the file of a container's secret. */
function keyOf(env: Readonly<Record<string, string | undefined>>): string | undefined | Problem {
  const file = env['CLAUDE_BEDROCK_API_KEY_FILE'];
  if (env['CLAUDE_BEDROCK_API_KEY'] || !file) return env['CLAUDE_BEDROCK_API_KEY'];
  const name = 'CLAUDE_BEDROCK_API_KEY_FILE';
  try {
    const key = readFileSync(file, 'utf8').trim();
    return key === '' ? { where: name, what: `${file} is empty`, right: 'a file with the key and nothing else' } : key;
  } catch {
    return { where: name, what: `${file} cannot be read`, right: 'a file that this user may read' };
  }
}

/** What each setting allows and the settings together do not. */
function conflicts({ listen, log }: Settings): Fault[] {
  const faults: Fault[] = [];
  if (!listen.allowRemote && !isLoopback(listen.host)) {
    const right = '127.0.0.1, or set listen.allowRemote = true (--allow-remote) if that is meant';
    faults.push({ path: 'listen.host', what: `other machines could reach ${listen.host}`, right });
  }
  if (!isBodyLog(log.bodies)) {
    const right = 'off, or a time: claude-bedrock config set log.bodies on';
    faults.push({ path: 'log.bodies', what: `log.bodies cannot be ${JSON.stringify(log.bodies)}`, right });
  }
  return faults;
}

/** 127.0.0.0/8, ::1 and the name for them. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function whereOf(source: Source, path: string, text: string, paths: Paths): string {
  if (source.kind === 'flag' || source.kind === 'env') return source.name;
  // In a list of tables the first is pointed at.
  const line = lineOfKey(text, path.replaceAll(/\[\d+\]/g, '').split('.'));
  return line === undefined ? paths.configFile : `${paths.configFile}:${line}`;
}

type ConfigFile = { text: string; tree: Record<string, unknown> } | { problem: Problem };

async function readConfigFile(path: string, demanded: boolean): Promise<ConfigFile> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (missing && !demanded) return { text: '', tree: {} };
    if (missing) {
      const right = 'create the file, or unset CLAUDE_BEDROCK_CONFIG';
      return { problem: { where: path, what: 'the file that CLAUDE_BEDROCK_CONFIG names does not exist', right } };
    }
    return { problem: { where: path, what: 'the file cannot be read', right: 'a file that this user may read' } };
  }
  const { parse, TomlError } = await import('smol-toml');
  try {
    return { text, tree: parse(text) };
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const what = error.message.split('\n')[0] ?? 'not TOML';
    return { problem: { where: `${path}:${error.line}:${error.column}`, what, right: 'TOML, see https://toml.io' } };
  }
}

function merge(into: Record<string, unknown>, from: Record<string, unknown>): void {
  for (const [key, value] of Object.entries(from)) {
    // A table may be called `__proto__`: it must be seen, and refused as no setting.
    Object.defineProperty(into, key, {
      value: isObject(value) ? structuredClone(value) : value,
      configurable: true,
      enumerable: true,
      writable: true,
    });
  }
}

function put(tree: Record<string, unknown>, path: string, value: unknown): void {
  const keys = path.split('.');
  const last = keys.pop() ?? path;
  let table = tree;
  for (const key of keys) {
    const below = table[key];
    const next = isObject(below) ? below : {};
    table[key] = next;
    table = next;
  }
  table[last] = value;
}

function pick(tree: Record<string, unknown>, path: string): unknown {
  let value: unknown = tree;
  for (const key of path.split('.')) value = isObject(value) ? value[key] : undefined;
  return value;
}
