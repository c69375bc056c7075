import { type ExitCode, exitCodes } from './exit-codes.ts';
import type { Output } from './output.ts';

/** One thing that was looked at: how it is, and the one command or act that mends it. */
export type CheckRow = {
  name: string;
  state: 'ok' | 'warn' | 'fail' | 'info';
  found: string;
  fix?: string | undefined;
};

const marks = {
  ok: ['green', '✓'],
  warn: ['yellow', '!'],
  fail: ['red', '✗'],
  info: ['dim', '·'],
} as const;

/** `✓ region         eu-central-1`, and the fix under it. */
export function rowText({ name, state, found, fix }: CheckRow, { paint }: Pick<Output, 'paint'>): string {
  const [style, mark] = marks[state];
  const line = `${paint(style, mark)} ${name.padEnd(14)} ${found}`;
  return fix === undefined || state === 'ok' ? line : `${line}\n${' '.repeat(17)}fix: ${fix}`;
}

const exits: Readonly<Record<string, ExitCode>> = {
  config: exitCodes.badConfig,
  environment: exitCodes.badConfig,
  credentials: exitCodes.signInNeeded,
  identity: exitCodes.signInNeeded,
  'signed in': exitCodes.signInNeeded,
  'model access': exitCodes.upstreamRefused,
  'claude access': exitCodes.upstreamRefused,
};

/** The exit code of all rows together: that of the first failure. */
export function exitOfRows(rows: readonly CheckRow[]): ExitCode {
  const failure = rows.find(({ state }) => state === 'fail');
  return failure ? (exits[failure.name.toLowerCase()] ?? exitCodes.failed) : exitCodes.ok;
}
