import { join } from 'node:path';
import { isObject } from '../base/json.ts';
import { readStateFile, writeStateFile } from './state-file.ts';

/** One request's outer shape: what a person needs to know whether a client talks to the proxy as it should. No content. */
export type Sighting = {
  /** The program's name as its `User-Agent` begins, e.g. `Cursor/3.17.21`. */
  client: string;
  /** Wall time in milliseconds. */
  at: number;
  /** `tunnel`: under the public name, or forwarded. */
  through: 'tunnel' | 'local';
  /** The path that was asked for. */
  path: string;
  /** As the client named it. */
  model?: string;
  /** Which dialect the body's fields are of, whatever the path. */
  shape?: 'chat' | 'responses' | 'messages' | 'mixed';
  /** How many tools the request offers; Cursor's Agent mode offers some, its Ask mode fewer or none. */
  tools?: number;
  stream?: boolean;
  /** Why it was refused before there was a call. */
  refused?: string;
};

/** The last request of one client on one way, and how many there were since the server started. */
export type LastSeen = Sighting & { requests: number };

const fileOf = (state: string): string => join(state, 'last-seen.json');

/** Replaces the file whole. Throws what the file system throws. */
export function writeLastSeen(state: string, clients: readonly LastSeen[]): void {
  writeStateFile(fileOf(state), { clients });
}

/** The last request of each client, newest first. */
export function readLastSeen(state: string): LastSeen[] {
  const value = readStateFile(fileOf(state));
  const clients = isObject(value) && Array.isArray(value['clients']) ? value['clients'] : [];
  return clients.filter(isLastSeen).sort((one, other) => other.at - one.at);
}

/** The file is our own; this only keeps an older version's from being misread. */
function isLastSeen(value: unknown): value is LastSeen {
  if (!isObject(value)) return false;
  const { client, at, through, path, requests } = value;
  return [client, through, path].every((text) => typeof text === 'string') && [at, requests].every(Number.isFinite);
}
