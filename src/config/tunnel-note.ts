import { join } from 'node:path';
import { isObject } from '../base/json.ts';
import { isAlive, readStateFile, removeStateFile, writeStateFile } from './state-file.ts';
import { watchText } from './watch-file.ts';

/**
 * The tunnel that leads to the proxy, as `cursor install` found it. The server watches this file and answers to the
 * public name for as long as the process behind it lives: a name that somebody else may hold tomorrow is not answered.
 */
export type TunnelNote = {
  /** `https://` and the host, without a path. */
  publicUrl: string;
  /** `cloudflared`, `ngrok`, `tailscale`, or `own` for an address that the person runs. */
  program: string;
  /** The process of `cursor install`. */
  pid: number;
  since: number;
};

const tunnelNoteFile = (state: string): string => join(state, 'tunnel.json');

/** Tells the server of a tunnel that now leads to it. */
export function writeTunnelNote(state: string, note: TunnelNote): void {
  writeStateFile(tunnelNoteFile(state), note);
}

/** Removes the note if it is still that process's own. */
export function removeTunnelNote(state: string, pid: number): void {
  if (readTunnelNote(state)?.pid === pid) removeStateFile(tunnelNoteFile(state));
}

/** The note as it stands, whether its process lives or not. */
export function readTunnelNote(state: string): TunnelNote | undefined {
  const value = readStateFile(tunnelNoteFile(state));
  if (!isObject(value)) return undefined;
  const { publicUrl, program, pid, since } = value;
  if (typeof publicUrl !== 'string' || typeof pid !== 'number' || hostOf(publicUrl) === undefined) return undefined;
  return { publicUrl, program: String(program), pid, since: Number(since) };
}

/** The host name to answer to now; undefined without a living tunnel. */
function tunnelHost(state: string): string | undefined {
  const note = readTunnelNote(state);
  return note && isAlive(note.pid) ? hostOf(note.publicUrl) : undefined;
}

/** How often a server looks whether the process behind the name still lives. */
const lifeCheckMs = 1_000;

/** Calls `onHost` with the name to answer to, now and whenever it changes; returns the way to stop. */
export function followTunnel(state: string, onHost: (host: string | undefined) => void, everyMs?: number): () => void {
  let host: string | undefined;
  const look = (): void => {
    const now = tunnelHost(state);
    if (now === host) return;
    host = now;
    onHost(host);
  };
  look();
  const stopWatching = watchText(tunnelNoteFile(state), look, everyMs);
  const lifeCheck = setInterval(() => host !== undefined && look(), lifeCheckMs).unref();
  return () => {
    stopWatching();
    clearInterval(lifeCheck);
  };
}

/** The host and port of an https URL as a client's `Host` header names them. */
function hostOf(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { protocol, host } = new URL(url);
  return protocol === 'https:' && host !== '' ? host : undefined;
}
