import type { JsonValue } from '../base/json.ts';

/** Where the proxy is and which models it offers, for a client's settings. */
export type Place = {
  /** `http://127.0.0.1:4141`, without a path. */
  root: string;
  /** With `/v1`, as most clients want it. */
  baseUrl: string;
  models: readonly OfferedModel[];
};

/** A model as a client's settings name it. */
export type OfferedModel = { name: string; title: string; contextTokens: number; maxOutputTokens: number };

/** One value to set in a settings file; `at` holds table names. */
export type Edit =
  | { at: readonly string[]; value: JsonValue }
  /** An item of a list, put in place of the one whose `key` has the same value, else appended. */
  | { at: readonly string[]; item: { [key: string]: JsonValue }; key: string };

export type Surroundings = {
  env: Record<string, string | undefined>;
  platform: NodeJS.Platform;
  home: string;
};

export type SettingsFile = {
  format: 'jsonc' | 'yaml' | 'toml';
  /** Where the client looks, the likeliest first; the first that exists is edited, else the first is made. */
  places(surroundings: Surroundings): string[];
  edits(place: Place, surroundings: Surroundings): Edit[];
};

/** What the program itself did through the proxy, in front of the demo upstream. */
export type Trial = {
  version: string;
  /** Where it is not the client's title. */
  program?: string;
  /** The day, as YYYY-MM-DD. */
  on: string;
  /** A sentence without its subject, e.g. “read and edited a file”. */
  did: string;
};

/** What there is to know of one client; facts and their grades stand in docs/clients. */
export type Client = {
  name: string;
  title: string;
  /** Its own documentation of these settings. */
  source: string;
  /** How its `User-Agent` begins, where that tells it apart; absent: whoever asks next is taken for it. */
  userAgent?: RegExp;
  /** The dialect it speaks, for the proof. */
  dialect: 'chat' | 'responses' | 'messages';
  file?: SettingsFile;
  /** What the person does; all of it where there is no file, the rest where there is one. */
  steps(place: Place): string[];
  /** Absent: the program was not tried. */
  tried?: Trial;
  /** What to know beforehand. */
  notes?: readonly string[];
};

/** The variable that holds the key wherever a client can read one: no file needs it then. */
export const keyVariable = 'CLAUDE_BEDROCK_API_KEY';

/** The model that a client starts with. */
export const firstModel = ({ models }: Place): string => models[0]?.name ?? 'bedrock-sonnet';

/** For clients whose settings hold one provider by its id. */
export const providerId = 'claude-bedrock';
