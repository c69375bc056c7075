import type { Command } from 'commander';
import { ProxyError } from '../base/errors.ts';
import { isObject, type JsonValue } from '../base/json.ts';
import { bodyLogFile, bodyLogWord, isBodyLog } from '../config/body-log.ts';
import { changeSetting, findSetting, valueFor } from '../config/change-setting.ts';
import { placesOf } from '../config/check.ts';
import type { Loaded, Source } from '../config/load.ts';
import { resolvePaths } from '../config/paths.ts';
import { settingsSchema } from '../config/schema.ts';
import type { Cli } from './commands.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import type { Output } from './output.ts';
import { readSettings } from './settings.ts';
import { rowsText } from './table.ts';

type Flags = { json?: boolean; changed?: boolean };

/** `claude-bedrock config …` */
export function define(command: Command, { output, exit }: Cli): void {
  const json = ['--json', 'print one JSON object'] as const;
  command
    .command('list')
    .description('list every setting, its value and where that comes from')
    .option('--changed', 'only those that are not at their default')
    .option(...json)
    .action(async (flags: Flags) => exit(await withSettings(output, (loaded) => list(loaded, flags, output))));
  command
    .command('get')
    .description('print one value')
    .argument('<setting>', 'its path, e.g. aws.region; the last word is enough where only one has it')
    .option(...json)
    .action(async (name: string, flags: Flags) =>
      exit(await withSettings(output, (loaded) => get(name, loaded, flags, output))),
    );
  command
    .command('set')
    .description('change one value in the file; comments and layout stay')
    .argument('<setting>', 'its path, e.g. aws.region')
    .argument('<value>', 'several values of a list with commas between')
    .action(async (name: string, value: string) => exit(await set(name, value, output)));
  command
    .command('unset')
    .description('take one value out of the file, so that its default counts')
    .argument('<setting>', 'its path')
    .action(async (name: string) => exit(await set(name, undefined, output)));
  command
    .command('validate')
    .description('check file and environment; every problem is told')
    .option(...json)
    .action(async (flags: Flags) => exit(await validate(flags, output)));
  command
    .command('path')
    .description('print where the file is')
    .option(...json)
    .action((flags: Flags) => {
      const { configFile } = resolvePaths();
      if (flags.json) output.json({ path: configFile });
      else output.verbatim(configFile);
    });
  command
    .command('schema')
    .description('print the JSON Schema of the file, for editors')
    .action(async () => {
      const { settingsJsonSchema } = await import('../config/json-schema.ts');
      output.verbatim(JSON.stringify(settingsJsonSchema(), undefined, 2));
    });
}

async function withSettings(output: Output, work: (loaded: Loaded) => ExitCode): Promise<ExitCode> {
  const loaded = await readSettings({}, output);
  return loaded ? work(loaded) : exitCodes.badConfig;
}

/** A source in the words of `config list` and `status`. */
export function sourceText(source: Source): string {
  switch (source.kind) {
    case 'flag':
      return `flag ${source.name}`;
    case 'env':
      return source.name;
    case 'file':
      return source.line === undefined ? source.file : `${source.file}:${source.line}`;
    case 'default':
      return 'default';
    default:
      return source satisfies never;
  }
}

/** The value at a path such as `aws.region`; undefined where none is set. */
export function valueAt({ settings }: Pick<Loaded, 'settings'>, path: string): JsonValue | undefined {
  const found = path.split('.').reduce<unknown>((table, key) => (isObject(table) ? table[key] : undefined), settings);
  // Settings hold texts, numbers, lists and tables of them only.
  return found as JsonValue | undefined;
}

function list(loaded: Loaded, { changed, json }: Flags, output: Output): ExitCode {
  const rows = placesOf(settingsSchema)
    .map(({ path }) => ({ path, value: valueAt(loaded, path), source: sourceText(loaded.sourceOf(path)) }))
    .filter(({ source }) => !changed || source !== 'default');
  if (json) output.json({ settings: rows.map(({ path, value, source }) => ({ path, value: value ?? null, source })) });
  else if (rows.length === 0) output.note('every setting is at its default');
  else output.verbatim(rowsText(rows.map(({ path, value, source }) => [path, shown(value), source])));
  return exitCodes.ok;
}

const shown = (value: JsonValue | undefined): string => {
  if (value === undefined) return '–';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
};

function get(name: string, loaded: Loaded, { json }: Flags, output: Output): ExitCode {
  const { path } = findSetting(name);
  const value = valueAt(loaded, path);
  const source = sourceText(loaded.sourceOf(path));
  if (json) output.json({ path, value: value ?? null, source });
  else if (value === undefined) output.note(`${path} is not set`);
  else output.verbatim(typeof value === 'string' ? value : JSON.stringify(value));
  return exitCodes.ok;
}

async function set(name: string, text: string | undefined, output: Output): Promise<ExitCode> {
  const place = findSetting(name);
  const { configFile, state } = resolvePaths();
  const bodies = place.path === 'log.bodies';
  const value = text === undefined ? undefined : valueFor(place, bodies ? bodyLogWord(text, Date.now()) : text);
  if (bodies && typeof value === 'string' && !isBodyLog(value))
    throw new ProxyError('invalid_request', `log.bodies cannot be ${JSON.stringify(text)}.`, {
      fix: 'claude-bedrock config set log.bodies on',
    });
  await changeSetting(configFile, place.path, value);
  output.note(
    `${output.paint('green', '✓')} ${place.path} ${value === undefined ? 'is unset' : `= ${value}`}   in ${configFile}`,
  );
  if (bodies && value !== undefined && value !== 'off')
    output.warn(`requests and answers are written to ${bodyLogFile(state)} until then, with secrets masked`);
  const env = place.setting.env;
  if (env !== undefined && process.env[env]) output.warn(`${env} is set, and wins over the file`);
  return exitCodes.ok;
}

async function validate({ json }: Flags, output: Output): Promise<ExitCode> {
  const [{ loadSettings }, { budgetProblems }] = await Promise.all([
    import('../config/load.ts'),
    import('../compose/budget-models.ts'),
  ]);
  const result = await loadSettings();
  const problems = result.ok ? await budgetProblems(result.loaded) : result.problems;
  const valid = problems.length === 0;
  if (json) output.json({ valid, problems });
  else if (valid)
    output.note(`${output.paint('green', '✓')} ${resolvePaths().configFile} and the environment are valid`);
  else for (const { where, what, right } of problems) output.fail({ error: what, cause: where, fix: right });
  return valid ? exitCodes.ok : exitCodes.badConfig;
}
