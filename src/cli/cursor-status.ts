import { isAlive } from '../config/state-file.ts';
import { readTunnelNote } from '../config/tunnel-note.ts';
import { cursorFindings, type Finding } from '../connect/cursor-causes.ts';
import { answeringServer } from './answering-server.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { lastOfCursor } from './last-of-cursor.ts';
import type { Output } from './output.ts';
import { readSettings } from './settings.ts';

export type CursorStatusFlags = { typedUrl?: string; typedModel?: string; shownError?: string; json?: boolean };

/** `claude-bedrock cursor status`: 0 when nothing known stands in the way, else 1. */
export async function cursorStatus(flags: CursorStatusFlags, output: Output): Promise<ExitCode> {
  const loaded = await readSettings({}, output);
  if (!loaded) return exitCodes.badConfig;
  const { state } = loaded.paths;
  const server = await answeringServer(loaded);
  const findings = cursorFindings({
    now: Date.now(),
    server: server?.url,
    tunnel: tunnelOf(state, loaded.settings.listen.publicHost),
    last: lastOfCursor(state),
    typedUrl: flags.typedUrl,
    typedModel: flags.typedModel,
    shownError: flags.shownError,
  });
  const ok = findings.every(({ state }) => state !== 'fail');
  if (flags.json) output.json({ ok, findings });
  else for (const finding of findings) tell(finding, output);
  return ok ? exitCodes.ok : exitCodes.failed;
}

function tunnelOf(state: string, publicHost: string | undefined) {
  const note = readTunnelNote(state);
  if (note) return { publicUrl: note.publicUrl, program: note.program, alive: isAlive(note.pid) };
  // A permanent name of the person's own stands in the configuration; whether it leads here is theirs to keep.
  return publicHost === undefined
    ? undefined
    : { publicUrl: `https://${publicHost}`, program: 'listen.publicHost', alive: true };
}

const marks = { ok: ['green', '✓'], warn: ['yellow', '!'], fail: ['red', '✗'] } as const;

function tell({ what, state, detail, fix }: Finding, { result, paint }: Output): void {
  const [colour, mark] = marks[state];
  result(`${paint(colour, mark)} ${what.padEnd(13)} ${detail}`);
  if (fix !== undefined && state !== 'ok') result(`  ${''.padEnd(13)} fix: ${fix}`);
}
