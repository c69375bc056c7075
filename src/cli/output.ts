import type { Writable } from 'node:stream';
import { styleText } from 'node:util';
import type { JsonObject } from '../base/json.ts';

/** What went wrong, why, and the command that mends it; each a line of its own. */
export type Failure = { error: string; cause?: string | undefined; fix?: string | undefined };

type Style = Parameters<typeof styleText>[0];

/** How a command talks: results on stdout, all else on stderr; colours only where they are wanted. */
export type Output = {
  /** The command's result as people read it. */
  result(text: string): void;
  /** The command's result as programs read it: one line, with `schemaVersion`. */
  json(value: JsonObject): void;
  note(text: string): void;
  warn(text: string): void;
  fail(failure: Failure): void;
  /** Text for `note`, coloured on a terminal (NO_COLOR and FORCE_COLOR are obeyed). */
  paint(style: Style, text: string): string;
};

/** Raised when a documented JSON object changes in a way that breaks its readers. */
const schemaVersion = 1;

export function createOutput(streams: { stdout: Writable; stderr: Writable }): Output {
  const { stdout, stderr } = streams;
  const paint = (style: Style, text: string) => styleText(style, text, { stream: stderr });
  const line = (text: string) => stderr.write(`${text}\n`);
  return {
    paint,
    result: (text) => stdout.write(`${text}\n`),
    json: (value) => stdout.write(`${JSON.stringify({ schemaVersion, ...value })}\n`),
    note: line,
    warn: (text) => line(`${paint('yellow', 'warning:')} ${text}`),
    fail({ error, cause, fix }) {
      line(`${paint('red', 'error:')} ${error}`);
      if (cause !== undefined) line(`cause: ${cause}`);
      if (fix !== undefined) line(`${paint('green', 'fix:')} ${fix}`);
    },
  };
}
