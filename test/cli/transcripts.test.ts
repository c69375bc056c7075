import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { version } from '../../src/cli/package-version.ts';
import { type Company, emptyHome, openCompany } from './company.ts';
import { hasTmux, mainFile, openTerminal, type TerminalSession } from './terminal-session.ts';

/*
 * What a person sees, kept as golden files and driven through a real pseudo-terminal. Times, ports, keys and process ids
 * are replaced; everything else is compared to the letter. UPDATE_GOLDEN=1 writes the files anew.
 */

if (!hasTmux) process.stdout.write('SKIPPED: tmux is not installed, what needs a terminal is not recorded\n');

function normalised(seen: string, home: string): string {
  return `${seen
    .replaceAll('^C', '')
    .replaceAll(home, '~')
    .replaceAll(version, 'VERSION')
    .replaceAll(process.versions.node, 'NODE')
    .replaceAll(/\b(?:sk-)?cb-[\w-]{43}\b/g, 'KEY')
    .replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT')
    // The line is cut at the terminal's edge: where, depends on how many digits the time before it has.
    .replaceAll(/( in \d+ ms +"[^"]{40})[^"]*…"/g, '$1…"')
    .replaceAll(/\b\d+ ms\b|\b\d+\.\d s\b/g, 'TIME')
    .replaceAll(/pid \d+/g, 'pid PID')
    .replaceAll(/\bup \d+ \w+/g, 'up TIME')
    .replaceAll(/\b\d\d:\d\d:\d\d\b/g, 'HH:MM:SS')
    .replaceAll(/\b\d\d:\d\d\b/g, 'HH:MM')
    .replaceAll(/\b\d s (behind|ahead of) AWS/g, 'N s from AWS')
    .trimEnd()}\n`;
}

function golden(name: string, seen: string): void {
  const file = join(import.meta.dirname, 'transcripts', `${name}.golden.txt`);
  if (process.env['UPDATE_GOLDEN'] || !existsSync(file)) writeFileSync(file, seen);
  expect(seen).toBe(readFileSync(file, 'utf8'));
}

/** A command without a terminal: both streams, and the exit code as a shell would show it. */
async function command(env: Record<string, string>, ...args: string[]): Promise<string> {
  const child = spawn(process.execPath, [mainFile, ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
  });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return `$ claude-bedrock ${args.join(' ')}\n${stderr}${stdout}exit code ${code}\n`;
}

let company: Company;
let open: TerminalSession | undefined;
beforeAll(async () => {
  company = await openCompany();
});
afterAll(async () => {
  open?.close();
  await company.close();
});

test.skipIf(!hasTmux)(
  '4.1 no AWS credentials: everything that was looked at, a choice, and the demo answers',
  async () => {
    const { home, env } = emptyHome();
    onTestFinished(() => rmSync(home, { recursive: true, force: true }));
    open = openTerminal('demo', [], env);
    await open.see('What would you like to do?');
    await open.see('I have no AWS account');
    const question = open.screen();
    open.press('Enter');
    await open.see('Press Ctrl+C to stop.');
    open.press('C-c');
    await open.see('exit code 130');
    const told = open.screen();
    open.close();
    golden(
      'no-credentials',
      normalised(`${question}\n\n--- Enter ---\n\n${told}`, home).replaceAll(/\nHH:MM:SS .*/g, ''),
    );
  },
  60_000,
);

test.skipIf(!hasTmux)(
  '4.2 an SSO profile is there: no question, every step proven, and it listens',
  async () => {
    company.signIn(new Date(Date.now() + 8 * 3_600_000 - 500));
    open = openTerminal('sso', [], company.env);
    await open.see('Press Ctrl+C to stop.');
    const running = await command(company.env, 'status');
    open.press('C-c');
    await open.see('exit code 130');
    const told = open.screen();
    open.close();
    expect(company.bedrock.requests.length).toBeGreaterThanOrEqual(3);
    golden('sso-profile', normalised(told, company.home).replaceAll(/\(\d h[^)]*\)/g, '(SPAN)'));
    golden('status-running', normalised(running, company.home).replaceAll(/\d+ h (?:\d+ min )?left/g, 'SPAN left'));
  },
  90_000,
);

test('4.3 the sign-in has ended: the doctor says since when, and the one command; exit 4', async () => {
  company.signIn(new Date(Date.now() - 6 * 60_000 - 500));
  golden('doctor-sign-in-ended', normalised(await command(company.env, 'doctor'), company.home));
}, 60_000);

test('all is well: the doctor with a real request; exit 0', async () => {
  company.signIn(new Date(Date.now() + 8 * 3_600_000 - 500));
  const told = normalised(await command(company.env, 'doctor', '--probe'), company.home);
  golden('doctor-well', told.replaceAll(/\d+ h (?:\d+ min )?left/g, 'SPAN left'));
}, 60_000);

test('without a terminal: what was found, as JSON, and what to do next', async () => {
  const { home, env } = emptyHome();
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  golden('init-json', normalised(`${await command(env, 'init', '--json')}\n${await command(env)}`, home));
}, 60_000);
