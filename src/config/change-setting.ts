import { readFileSync } from 'node:fs';
import { ProxyError } from '../base/errors.ts';
import { fill, fits, fromText, type Place, placesOf, takes } from './check.ts';
import { setInToml } from './edit-toml.ts';
import { replaceFile } from './replace-file.ts';
import { settingsSchema } from './schema.ts';

/** A setting by its whole path, or by its last word where only one has it. Throws `invalid_request` with the nearest names. */
export function findSetting(name: string): Place {
  const places = placesOf(settingsSchema);
  const exact = places.find(({ path }) => path === name) ?? entryOfTable(name, places);
  if (exact) return exact;
  const byEnd = places.filter(({ path }) => path.endsWith(`.${name}`));
  const [only] = byEnd;
  if (only && byEnd.length === 1) return only;
  const near = byEnd.length > 1 ? byEnd : places.filter(({ path }) => path.toLowerCase().includes(name.toLowerCase()));
  throw new ProxyError('invalid_request', `There is ${byEnd.length > 1 ? 'more than one' : 'no'} setting "${name}".`, {
    fix:
      near.length > 0
        ? near
            .slice(0, 4)
            .map(({ path }) => `claude-bedrock config get ${path}`)
            .join(', ')
        : 'claude-bedrock config list',
  });
}

/** `models.aliases.fast`: a name of the person's own inside a table of texts. */
function entryOfTable(name: string, places: readonly Place[]): Place | undefined {
  const table = places.find(({ path, setting }) => setting.kind === 'table' && name.startsWith(`${path}.`));
  if (!table || name.length === table.path.length + 1) return undefined;
  return { path: name, setting: { kind: 'text', initial: undefined, description: table.setting.description } };
}

/** The words of a command line as the value that the setting takes. Throws `invalid_request` when they are none. */
export function valueFor({ path, setting }: Place, text: string): string | number | boolean | readonly string[] {
  const value = fromText(text, setting);
  const plain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  if (fits(value, setting) && (plain || setting.kind === 'list')) return value as string | readonly string[];
  throw new ProxyError('invalid_request', `${path} cannot be ${JSON.stringify(text)}.`, {
    fix:
      setting.kind === 'table' || setting.kind === 'tables'
        ? `edit the file (claude-bedrock config path), or set one of its names: ${path}.NAME`
        : `${path} takes ${takes(setting)}`,
  });
}

/** Sets one value in the configuration file, or takes it out, and leaves all else as it stands. Throws `invalid_request` and changes nothing when the whole would not be valid. */
export async function changeSetting(
  configFile: string,
  path: string,
  value: string | number | boolean | readonly string[] | undefined,
): Promise<void> {
  const before = textOf(configFile);
  let after: string;
  try {
    after = setInToml(before, keysOf(path), value);
  } catch (cause) {
    const where = `edit ${configFile} by hand, then: claude-bedrock config validate`;
    throw new ProxyError('invalid_request', `${path} stands in the file in a way that is not changed by a program.`, {
      fix: where,
      cause,
    });
  }
  const { parse } = await import('smol-toml');
  const [fault] = fill(settingsSchema, parse(after), placesOf(settingsSchema)).faults;
  if (fault)
    throw new ProxyError('invalid_request', `The file would not be valid: ${fault.what}.`, { fix: fault.right });
  replaceFile(configFile, after);
}

/** A name inside `models.aliases` may hold dots; nothing above it does. */
function keysOf(path: string): string[] {
  const table = placesOf(settingsSchema).find(
    ({ path: known, setting }) => setting.kind === 'table' && path.startsWith(`${known}.`),
  );
  return table ? [...table.path.split('.'), path.slice(table.path.length + 1)] : path.split('.');
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
