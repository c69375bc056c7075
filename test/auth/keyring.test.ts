import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { nameTrouble } from '../../src/auth/keyring.ts';
import { patienceMs } from '../deadline.ts';

const run = promisify(execFile);
const scenarioFile = 'test/auth/children/keyring-scenario.ts';

const wanted = ['dbus-run-session', 'dbus-send', 'gnome-keyring-daemon', 'secret-tool'];
const missing = wanted.filter((program) => spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0);
const title =
  missing.length === 0 ? 'a real gnome-keyring' : `SKIPPED, ${missing.join(', ')} not installed: gnome-keyring`;
if (missing.length > 0) process.stderr.write(`${title} (Debian: apt-get install gnome-keyring dbus libsecret-tools)\n`);

async function underKeyring(scenario: string, env: Record<string, string> = {}): Promise<unknown> {
  const child = run('scripts/with-keyring.sh', [process.execPath, scenarioFile, scenario], {
    timeout: 45_000,
    env: { ...process.env, ...env },
  });
  const { stdout } = await child.catch((error: { stdout: string }) => error);
  return JSON.parse(stdout);
}

/** A call waits 3 s for a keyring that says nothing, and one that goes on waiting takes 25 s; between them a busy machine has its room. */
const afterPatience = 10_000;
/** No wait at all: less than the 3 s. */
const atOnce = 2_500;

const trouble = (name: string, atMostMs: number) => ({
  trouble: name,
  fix: expect.stringMatching(/keyring|service|CLAUDE_BEDROCK_VAULT=file/),
  tookMs: expect.toSatisfy((ms: number) => ms <= atMostMs, `within ${atMostMs} ms`),
});

describe.skipIf(missing.length > 0)(title, { timeout: 60_000 }, () => {
  test('unlocked: stores, finds, replaces and deletes, and "absent" is not an error', async () => {
    expect(await underKeyring('unlocked')).toEqual({
      absent: { value: 'nothing', tookMs: expect.any(Number) },
      small: { value: 'grün ✓', tookMs: expect.any(Number) },
      back: true,
      seen: 100_001,
      gone: true,
      again: false,
    });
  });

  test('locked with nobody to ask: says so at once, for reads, writes and the probe', async () => {
    const locked = trouble('locked', atOnce);
    expect(await underKeyring('locked')).toEqual({ get: locked, set: locked, probe: locked });
  });
});

/* Each scenario has a session, a home and a keyring of its own: those that mostly wait do so beside each other. */
describe.skipIf(missing.length > 0)(`${title} that does not answer`, { concurrent: true, timeout: 60_000 }, () => {
  test('stopped (SIGSTOP): each call ends within 3 s, later ones at once; files and the event loop stay fast; it recovers', async () => {
    const result = await underKeyring('hung');
    const hung = trouble('hung', afterPatience);
    expect(result).toEqual({
      results: [hung, hung, hung, hung],
      late: trouble('hung', atOnce),
      fileReadMs: expect.toSatisfy((ms: number) => ms < 1_000, 'a file read that waits for nothing'),
      loopMaxMs: expect.toSatisfy((ms: number) => ms < 1_000, 'no stall of the event loop'),
      waited: { value: 'a', tookMs: expect.any(Number) },
      after: { value: 'a', tookMs: expect.any(Number) },
    });
  });

  test('killed in the middle of a call: says that it died', async () => {
    expect(await underKeyring('dead')).toEqual({ call: trouble('dead', afterPatience) });
  });

  test('a prompt that nobody answers: the first call waits 3 s, the next not at all', async () => {
    expect(await underKeyring('promptIgnored', { KEYRING_PROMPT: 'ignored' })).toEqual({
      first: trouble('hung', afterPatience),
      second: trouble('hung', atOnce),
      write: trouble('hung', atOnce),
    });
  });

  test('a process whose keyring hangs can still end at once', async () => {
    const started = performance.now();
    expect(await underKeyring('exitWhileHung', { KEYRING_PROMPT: 'ignored' })).toEqual({ asked: true });
    // A thread inside the call would hold it up for 25 s.
    expect(performance.now() - started).toBeLessThan(patienceMs);
  });
});

test.skipIf(process.platform !== 'linux')(
  'without a D-Bus session (Linux): "no bus", never "not signed in" and never the kernel keyring',
  async () => {
    const { DBUS_SESSION_BUS_ADDRESS: _bus, XDG_RUNTIME_DIR: _runtime, ...env } = process.env;
    const child = run(process.execPath, [scenarioFile, 'noBus'], { env, timeout: 30_000 });
    const { stdout } = await child.catch((error: { stdout: string }) => error);
    const noBus = trouble('no-bus', atOnce);
    expect(JSON.parse(stdout)).toEqual({ get: noBus, set: noBus, probe: noBus });
  },
);

test.each([
  ['Secret Service: unlock prompt was dismissed', 60, 'locked'],
  ['Secret Service: unlock prompt was dismissed', 4_000, 'dismissed'],
  ['Secret Service: unlock prompt was dismissed', 25_000, 'hung'],
  ['The name org.freedesktop.secrets was not provided by any .service files', 5, 'no-service'],
  ['Message recipient disconnected from message bus without replying', 5, 'dead'],
  ['User interaction is not allowed. (-25308)', 5, 'no-session'],
  ['something new', 5, 'failed'],
] as const)('%s after %d ms is "%s"', (message, tookMs, name) => {
  expect(nameTrouble(message, tookMs)).toBe(name);
});
