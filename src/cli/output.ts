import type { Writable } from 'node:stream';
import { styleText } from 'node:util';
import type { JsonObject } from '../base/json.ts';
import { wrapProse } from './wrap.ts';

/** What went wrong, why, and the command that mends it; each a line of its own. */
export type Failure = { error: string; cause?: string | undefined; fix?: string | undefined };

type Style = Parameters<typeof styleText>[0];

/** How a command talks: results on stdout, all else on stderr; colours only where they are wanted. */
export type Output = {
  /** The command's result as people read it. */
  result(text: string): void;
  /** A result that is not in our words (a file, a key, an answer): not a letter of it is changed. */
  verbatim(text: string): void;
  /** The command's result as programs read it: one line, with `schemaVersion`. */
  json(value: JsonObject): void;
  note(text: string): void;
  warn(text: string): void;
  fail(failure: Failure): void;
  /** Commands in our words, as they work for this person; `verbatim` does not do it by itself. */
  asTyped(text: string): string;
  /** Text for `note`, coloured on a terminal (NO_COLOR and FORCE_COLOR are obeyed). */
  paint(style: Style, text: string): string;
};

/** Raised when a documented JSON object changes in a way that breaks its readers. */
const schemaVersion = 1;

/** The members of JSON results that hold commands to type. */
const commandMembers = new Set(['fix', 'nextSteps', 'nextStep', 'steps']);

/** `asTyped` turns commands in our words into those that work for this person. */
export function createOutput(
  streams: { stdout: Writable; stderr: Writable },
  asTyped: (text: string) => string = (text) => text,
): Output {
  const { stdout, stderr } = streams;
  const paint = (style: Style, text: string) => styleText(style, text, { stream: stderr });
  const fitted = (text: string, stream: Writable) => {
    const width = 'isTTY' in stream && stream.isTTY && 'columns' in stream ? Number(stream.columns) : 0;
    return width > 40 ? wrapProse(asTyped(text), width) : asTyped(text);
  };
  const line = (text: string) => stderr.write(`${fitted(text, stderr)}\n`);
  const typed = (member: string, value: unknown): unknown => {
    if (!commandMembers.has(member)) return value;
    if (Array.isArray(value)) return value.map((item) => (typeof item === 'string' ? asTyped(item) : item));
    return typeof value === 'string' ? asTyped(value) : value;
  };
  return {
    paint,
    asTyped,
    result: (text) => stdout.write(`${fitted(text, stdout)}\n`),
    verbatim: (text) => stdout.write(`${text}\n`),
    json: (value) => stdout.write(`${JSON.stringify({ schemaVersion, ...value }, typed)}\n`),
    note: line,
    warn: (text) => line(`${paint('yellow', 'warning:')} ${text}`),
    fail({ error, cause, fix }) {
      line(`${paint('red', 'error:')} ${error}`);
      if (cause !== undefined) line(`cause: ${cause}`);
      if (fix !== undefined) stderr.write(`${paint('green', 'fix:')} ${asTyped(fix)}\n`);
    },
  };
}
