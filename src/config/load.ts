import { readFileSync } from 'node:fs';
import { isObject } from '../base/json.ts';
import { Secret } from '../base/secret.ts';
import { type Paths, resolvePaths } from './paths.ts';
import { type SettingFacts, type Settings, settingFacts, settingsSchema } from './schema.ts';
import { lineOfKey } from './toml-lines.ts';

/** Where a value came from, as people look for it: `flag --port`, `CLAUDE_BEDROCK_PORT`, the file, or the default. */
export type Source =
  | { kind: 'flag'; name: string }
  | { kind: 'env'; name: string }
  | { kind: 'file'; file: string; line?: number }
  | { kind: 'default' };

/** One thing wrong with the configuration: where, what, and what would be right. */
export type Problem = { where: string; what: string; right?: string };

export type Loaded = {
  settings: Settings;
  /** `CLAUDE_BEDROCK_API_KEY`, for containers and CI; it never stands in the file. */
  apiKey?: Secret;
  paths: Paths;
  /** The source of a setting by its path, e.g. `listen.port`. */
  sourceOf(path: string): Source;
};

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

  const facts = settingFacts();
  for (const fact of facts) {
    const value = fact.env === undefined ? undefined : env[fact.env];
    if (fact.env === undefined || value === undefined || value === '') continue;
    put(tree, fact.path, fromText(value, fact));
    sources.set(fact.path, { kind: 'env', name: fact.env });
  }
  for (const [path, { name, value }] of Object.entries(flags)) {
    if (value === undefined) continue;
    const fact = facts.find((candidate) => candidate.path === path);
    put(tree, path, typeof value === 'string' && fact ? fromText(value, fact) : value);
    sources.set(path, { kind: 'flag', name });
  }

  const sourceOf = (path: string): Source => {
    const source = sources.get(path);
    if (source) return source;
    if (pick(file.tree, path) === undefined) return { kind: 'default' };
    const line = lineOfKey(file.text, path.split('.'));
    return { kind: 'file', file: paths.configFile, ...(line === undefined ? {} : { line }) };
  };
  const checked = settingsSchema.safeParse(tree);
  if (!checked.success) {
    const where = (path: PropertyKey[]) => whereOf(sourceOf, path, file.text, paths.configFile);
    return { ok: false, problems: checked.error.issues.flatMap((issue) => problemsOf(issue, facts, where)) };
  }
  const apiKey = env['CLAUDE_BEDROCK_API_KEY'];
  return {
    ok: true,
    loaded: { settings: checked.data, paths, sourceOf, ...(apiKey ? { apiKey: new Secret(apiKey) } : {}) },
  };
}

type ConfigFile = { text: string; tree: Record<string, unknown> } | { problem: Problem };

async function readConfigFile(path: string, demanded: boolean): Promise<ConfigFile> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (missing && !demanded) return { text: '', tree: {} };
    const what = missing ? 'the file that CLAUDE_BEDROCK_CONFIG names does not exist' : 'the file cannot be read';
    return { problem: { where: path, what } };
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

/** Text of a flag or variable as the value that its setting takes; what does not fit stays text and fails the check. */
function fromText(text: string, fact: SettingFacts): unknown {
  if (/^(integer|number)/.test(fact.takes))
    return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
  if (fact.takes === 'boolean') return { true: true, '1': true, false: false, '0': false }[text.toLowerCase()] ?? text;
  if (fact.takes === 'list of strings') return text.split(',').map((item) => item.trim());
  return text;
}

type Issue = { code?: string | undefined; path: PropertyKey[]; message: string; keys?: string[] };

function problemsOf(issue: Issue, facts: SettingFacts[], where: (path: PropertyKey[]) => string): Problem[] {
  if (issue.code === 'unrecognized_keys') {
    return (issue.keys ?? []).map((key) => {
      const path = [...issue.path, key];
      return { where: where(path), what: `there is no setting "${path.join('.')}"`, ...nearest(path.join('.'), facts) };
    });
  }
  const path = issue.path.join('.');
  const fact = facts.find((candidate) => candidate.path === path);
  const right = fact ? `${path} takes ${fact.takes}` : undefined;
  return [{ where: where(issue.path), what: `${path}: ${issue.message}`, ...(right === undefined ? {} : { right }) }];
}

function whereOf(sourceOf: (path: string) => Source, path: PropertyKey[], text: string, file: string): string {
  const source = sourceOf(path.join('.'));
  if (source.kind === 'flag' || source.kind === 'env') return source.name;
  const line = lineOfKey(text, path.map(String));
  return line === undefined ? file : `${file}:${line}`;
}

/** The known setting whose letters are closest to `path`, if any is close. */
function nearest(path: string, facts: SettingFacts[]): { right: string } | Record<string, never> {
  const plain = (name: string) => name.toLowerCase().replaceAll(/[-_]/g, '');
  const last = plain(path.split('.').at(-1) ?? '');
  const found =
    facts.find((fact) => plain(fact.path) === plain(path)) ??
    facts.find((fact) => plain(fact.path.split('.').at(-1) ?? '') === last);
  return found ? { right: `did you mean ${found.path}? It takes ${found.takes}` } : {};
}

function merge(into: Record<string, unknown>, from: Record<string, unknown>): void {
  for (const [key, value] of Object.entries(from)) into[key] = isObject(value) ? structuredClone(value) : value;
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
