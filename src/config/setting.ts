/*
 * The words in which `schema.ts` describes settings: plain data, read by the checks at start-up, the JSON Schema and
 * docs/config.md. A schema library does this too, but loading one costs more than the rest of the start-up together.
 */

type Facts = {
  description: string;
  /** The environment variable that sets it. */
  env?: string;
};

/** One setting and what it may hold. */
export type Setting<T> = Facts & {
  kind: 'text' | 'integer' | 'number' | 'boolean' | 'choice' | 'list' | 'table' | 'tables';
  initial: T;
  least?: number;
  most?: number;
  choices?: readonly string[];
  /** What each of `tables` holds. */
  each?: Section<Record<string, unknown>>;
};

/** A table of the file. */
export type Section<Members> = { kind: 'section'; description: string; members: Members };

/** What the settings of a tree hold once they are read. */
export type ValueOf<Node> =
  Node extends Setting<infer T>
    ? T
    : Node extends Section<infer Members>
      ? { [Name in keyof Members]: ValueOf<Members[Name]> }
      : never;

type Bounds = { least: number; most?: number };

export const text = (initial: string, facts: Facts): Setting<string> => ({ kind: 'text', initial, ...facts });

/** Text that may be absent. */
export const optionalText = (facts: Facts): Setting<string | undefined> => ({
  kind: 'text',
  initial: undefined,
  ...facts,
});

export const integer = (initial: number, facts: Facts & Bounds): Setting<number> => ({
  kind: 'integer',
  initial,
  ...facts,
});

/** An integer that may be absent. */
export const optionalInteger = (facts: Facts & Bounds): Setting<number | undefined> => ({
  kind: 'integer',
  initial: undefined,
  ...facts,
});

export const number = (initial: number, facts: Facts & Bounds): Setting<number> => ({
  kind: 'number',
  initial,
  ...facts,
});

export const boolean = (initial: boolean, facts: Facts): Setting<boolean> => ({ kind: 'boolean', initial, ...facts });

/** A number that must be given: nothing fits NaN, so its absence is a fault. */
export const requiredNumber = (facts: Facts & Bounds): Setting<number> => number(Number.NaN, facts);

/** One of a few words. */
export const choice = <const Words extends readonly [string, ...string[]]>(
  choices: Words,
  facts: Facts & { initial: Words[number] },
): Setting<Words[number]> => ({ kind: 'choice', choices, ...facts });

/** A list of texts, empty by default. */
export const list = (facts: Facts): Setting<readonly string[]> => ({ kind: 'list', initial: [], ...facts });

/** A table of texts with names of the person's own, empty by default. */
export const table = (facts: Facts): Setting<Readonly<Record<string, string>>> => ({
  kind: 'table',
  initial: {},
  ...facts,
});

/** A list of tables that all have the settings of `each`; empty by default. */
export const tables = <Members extends Record<string, unknown>>(
  each: Section<Members>,
  facts: Facts,
): Setting<readonly ValueOf<Section<Members>>[]> => ({ kind: 'tables', initial: [], each, ...facts });

export const section = <Members>(description: string, members: Members): Section<Members> => ({
  kind: 'section',
  description,
  members,
});
