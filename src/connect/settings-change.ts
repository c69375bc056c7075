import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isObject } from '../base/json.ts';
import { replaceFile } from '../config/replace-file.ts';
import { readStateFile, removeStateFile, writeStateFile } from '../config/state-file.ts';
import type { Client, Place, SettingsFile, Surroundings } from './client.ts';
import { editSettings } from './edit-settings.ts';
import { unifiedDiff } from './unified-diff.ts';

/** What `connect` would do to a client's settings file. */
export type SettingsChange = {
  path: string;
  before: string;
  after: string;
  /** Empty: the file already says it. */
  diff: string;
};

/** What would be written, or why this file is left alone. */
export type Plan = { change: SettingsChange } | { refusal: string; path: string };

/** Reads the client's file and plans its change; nothing is written. */
export async function planChange(
  file: SettingsFile,
  place: Place,
  surroundings: Surroundings,
  given?: string,
): Promise<Plan> {
  const places = given === undefined ? file.places(surroundings) : [given];
  const path = resolve(places.find((candidate) => existsSync(candidate)) ?? places[0] ?? '');
  const before = textOf(path);
  if (typeof before !== 'string') return { refusal: before.refusal, path };
  const edited = await editSettings(file.format, before, file.edits(place, surroundings));
  if ('refusal' in edited) return { refusal: edited.refusal, path };
  return { change: { path, before, after: edited.text, diff: unifiedDiff(before, edited.text, path) } };
}

/** The file's text, empty where there is none, or why it cannot be edited: other encodings would be lost on the way back. */
function textOf(path: string): string | { refusal: string } {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(path));
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) return { refusal: 'it cannot be read' };
    if (error.code === 'ENOENT') return '';
    return { refusal: error.code === 'ERR_ENCODING_INVALID_ENCODED_DATA' ? 'it is not UTF-8 text' : error.message };
  }
}

/** What is remembered for `--undo`: the file as it was, and a trace of what was written. */
type Memory = { path: string; existed: boolean; before: string; written: string };

const memoryFile = (state: string, client: Client): string => join(state, 'connect', `${client.name}.json`);
const traceOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/**
 * Writes the planned change after the old text was kept in the state folder, readable by its owner alone. Throws where
 * the file or its folder cannot be written; nothing is remembered then.
 */
export function applyChange(state: string, client: Client, { path, before, after }: SettingsChange): void {
  const known = readMemory(state, client);
  // Connected twice: what the first time found is what the person wants back.
  const keepsFirst = known?.path === path && known.written === traceOf(before);
  const memory: Memory = {
    path,
    existed: keepsFirst ? known.existed : existsSync(path),
    before: keepsFirst ? known.before : before,
    written: traceOf(after),
  };
  writeStateFile(memoryFile(state, client), memory);
  try {
    replaceFile(path, after);
  } catch (error) {
    if (known) writeStateFile(memoryFile(state, client), known);
    else removeStateFile(memoryFile(state, client));
    throw error;
  }
}

/** What `--undo` would do: `changed` when the person has edited the file since. */
export type Undo = { path: string; changed: boolean; diff: string; run(): void };

/** The way back to the file as it was before `connect`; undefined when there is nothing to undo. */
export function planUndo(state: string, client: Client): Undo | undefined {
  const memory = readMemory(state, client);
  if (!memory) return undefined;
  const { path, existed, before, written } = memory;
  const now = existsSync(path) ? readFileSync(path, 'utf8') : '';
  return {
    path,
    changed: traceOf(now) !== written,
    diff: unifiedDiff(now, before, path),
    run() {
      if (existed) replaceFile(path, before);
      else rmSync(path, { force: true });
      removeStateFile(memoryFile(state, client));
    },
  };
}

function readMemory(state: string, client: Client): Memory | undefined {
  const value = readStateFile(memoryFile(state, client));
  if (!isObject(value)) return undefined;
  const { path, existed, before, written } = value;
  if (typeof path !== 'string' || typeof before !== 'string' || typeof written !== 'string') return undefined;
  return { path, existed: existed === true, before, written };
}
