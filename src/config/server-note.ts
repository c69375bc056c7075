import { join } from 'node:path';
import { isObject } from '../base/json.ts';
import { isAlive, readStateFile, removeStateFile, writeStateFile } from './state-file.ts';

/** What a running server tells other commands of this person: where it listens and since when. Never a key. */
export type ServerNote = { pid: number; url: string; upstream: string; version: string; startedAt: number };

const fileOf = (state: string): string => join(state, 'server.json');

/** A convenience for other commands: a read-only folder (containers have one) keeps no server from serving. */
export function leaveServerNote(state: string, note: ServerNote): void {
  try {
    writeStateFile(fileOf(state), note);
  } catch {
    // Nobody finds the server by itself then; nothing else is lost.
  }
}

/** Removes the note if it is still that process's own: a second server may have written a newer one. */
export function removeServerNote(state: string, pid: number): void {
  if (noteOf(readStateFile(fileOf(state)))?.pid !== pid) return;
  try {
    removeStateFile(fileOf(state));
  } catch {
    // A folder that became read-only: its process is gone in a moment, and a note without one is not believed.
  }
}

/** The server that runs now; undefined when the one that left the note is gone. */
export function runningServer(state: string): ServerNote | undefined {
  const note = noteOf(readStateFile(fileOf(state)));
  return note && isAlive(note.pid) ? note : undefined;
}

function noteOf(value: unknown): ServerNote | undefined {
  if (!isObject(value)) return undefined;
  const { pid, url, upstream, version, startedAt } = value;
  if (typeof pid !== 'number' || typeof url !== 'string' || typeof startedAt !== 'number') return undefined;
  return { pid, url, upstream: String(upstream), version: String(version), startedAt };
}
