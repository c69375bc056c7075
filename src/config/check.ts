import { isObject } from '../base/json.ts';
import type { Section, Setting } from './setting.ts';

type AnySection = Section<Record<string, unknown>>;
type Leaf = Setting<unknown>;

/** One setting with its path, e.g. `listen.port`. */
export type Place = { path: string; setting: Leaf };

/** One thing wrong with a value: at which path, what, and what would be right. */
export type Fault = { path: string; what: string; right: string };

/** Every setting below `section`, in the order of the file. */
export function placesOf(section: AnySection, path = ''): Place[] {
  return Object.entries(section.members).flatMap(([name, member]) => {
    const below = path === '' ? name : `${path}.${name}`;
    if (isSection(member)) return placesOf(member, below);
    return isSetting(member) ? [{ path: below, setting: member }] : [];
  });
}

/** What a setting takes, in words. */
export function takes({ kind, choices = [], least, most }: Leaf): string {
  switch (kind) {
    case 'text':
      return 'text';
    case 'integer':
    case 'number': {
      const range = most === undefined ? `of at least ${least}` : `from ${least} to ${most}`;
      return `${kind === 'integer' ? 'an integer' : 'a number'} ${range}`;
    }
    case 'boolean':
      return 'true or false';
    case 'choice':
      return `one of ${choices.map((word) => `"${word}"`).join(', ')}`;
    case 'list':
      return 'a list of texts';
    case 'table':
      return 'a table of texts';
    case 'tables':
      return 'a list of tables';
    default:
      return kind satisfies never;
  }
}

/** Text of a flag or variable as the kind of value that its setting takes; what does not fit stays text and fails the check. */
export function fromText(text: string, { kind }: Leaf): unknown {
  if (kind === 'integer' || kind === 'number') return /^[\d.]+$/.test(text.trim()) ? Number(text) : text;
  if (kind === 'boolean') return { true: true, '1': true, false: false, '0': false }[text.toLowerCase()] ?? text;
  if (kind === 'list') return text.split(',').map((item) => item.trim());
  return text;
}

/** Whether a value is what its setting takes. */
export function fits(value: unknown, setting: Leaf): boolean {
  const { kind, least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY } = setting;
  switch (kind) {
    case 'text':
      return isText(value);
    case 'integer':
    case 'number':
      return (
        typeof value === 'number' && value >= least && value <= most && (kind === 'number' || Number.isInteger(value))
      );
    case 'boolean':
      return typeof value === 'boolean';
    case 'choice':
      return typeof value === 'string' && setting.choices?.includes(value) === true;
    case 'list':
      return Array.isArray(value) && value.every(isText);
    case 'table':
      return isObject(value) && Object.values(value).every(isText);
    case 'tables':
      return Array.isArray(value) && value.every(isObject);
    default:
      return kind satisfies never;
  }
}

/** What is given, checked, with defaults in place of what is not; names that no setting has are faults too. */
export function fill(
  section: AnySection,
  given: unknown,
  places: readonly Place[],
  path = '',
): { value: Record<string, unknown>; faults: Fault[] } {
  const value: Record<string, unknown> = {};
  const faults: Fault[] = [];
  if (given !== undefined && !isObject(given))
    faults.push({ path, what: `${path} is not a table`, right: `[${path}]` });
  const tree = isObject(given) ? given : {};
  for (const name of Object.keys(tree)) {
    const below = path === '' ? name : `${path}.${name}`;
    if (!Object.hasOwn(section.members, name) && below !== '$schema')
      faults.push({ path: below, what: `there is no setting "${below}"`, right: suggestion(below, places) });
  }
  for (const [name, member] of Object.entries(section.members)) {
    const below = path === '' ? name : `${path}.${name}`;
    if (isSection(member)) {
      const filled = fill(member, tree[name], places, below);
      value[name] = filled.value;
      faults.push(...filled.faults);
    } else if (isSetting(member)) {
      const filled = fillSetting(member, tree[name] ?? member.initial, places, below);
      value[name] = filled.value;
      faults.push(...filled.faults);
    }
  }
  return { value, faults };
}

function fillSetting(
  setting: Leaf,
  wanted: unknown,
  places: readonly Place[],
  path: string,
): { value: unknown; faults: Fault[] } {
  const { each } = setting;
  if (wanted === undefined) return { value: undefined, faults: [] };
  if (!fits(wanted, setting)) {
    return {
      value: wanted,
      faults: [{ path, what: `${path} cannot be ${shown(wanted)}`, right: `${path} takes ${takes(setting)}` }],
    };
  }
  if (!each || !Array.isArray(wanted)) return { value: wanted, faults: [] };
  const rows = wanted.map((row, at) => fill(each, row, places, `${path}[${at}]`));
  return { value: rows.map((row) => row.value), faults: rows.flatMap((row) => row.faults) };
}

/** The known setting that a wrong name probably means: the same letters, whatever the case, dashes and table. */
function suggestion(path: string, places: readonly Place[]): string {
  const plain = (name: string) => name.toLowerCase().replaceAll(/[-_]/g, '');
  const last = (name: string) => plain(name.split('.').at(-1) ?? '');
  const found =
    places.find((place) => plain(place.path) === plain(path)) ??
    places.find((place) => last(place.path) === last(path));
  return found ? `did you mean ${found.path}? It takes ${takes(found.setting)}` : 'see docs/config.md for all settings';
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** Whether a member of a section is a section itself. */
export function isSection(member: unknown): member is AnySection {
  return isObject(member) && member['kind'] === 'section';
}

/** Whether it is a setting. Members are made by the words of `setting.ts` only, so whatever has a kind and is no section is a setting. */
export function isSetting(member: unknown): member is Leaf {
  return isObject(member) && typeof member['kind'] === 'string' && member['kind'] !== 'section';
}

/** A wrong value, short enough for one line. */
function shown(value: unknown): string {
  const text = Number.isNaN(value) ? 'left out' : (JSON.stringify(value) ?? String(value));
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
