import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { keyringVault } from '../../../src/auth/keyring.ts';
import { type Patience, troubleOf } from '../../../src/auth/vault.ts';
import { ProxyError } from '../../../src/base/errors.ts';

/**
 * Runs one scenario against the keyring of this session and prints what happened as one JSON line. What only prepares
 * a scenario has a person's patience, because a keyring that starts on a busy machine may need it.
 */

const vault = keyringVault({ service: 'claude-bedrock-test' });

type Outcome = { value?: string | undefined; trouble?: string | undefined; fix?: string | undefined; tookMs: number };

async function outcome(work: Promise<unknown>): Promise<Outcome> {
  const started = performance.now();
  const tookMs = () => Math.round(performance.now() - started);
  try {
    const value = await work;
    return { value: value === undefined ? 'nothing' : String(value), tookMs: tookMs() };
  } catch (error) {
    const fix = error instanceof ProxyError ? error.facts.fix : undefined;
    return { trouble: troubleOf(error) ?? String(error), fix, tookMs: tookMs() };
  }
}

const get = (patience?: Patience) => outcome(vault.get('token', patience));

function bus(...args: string[]): string {
  return execFileSync('dbus-send', ['--session', '--print-reply', ...args], { encoding: 'utf8' });
}

function lock(): void {
  const service = ['--dest=org.freedesktop.secrets', '/org/freedesktop/secrets'];
  bus(
    ...service,
    'org.freedesktop.Secret.Service.Lock',
    'array:objpath:/org/freedesktop/secrets/collection/login,/org/freedesktop/secrets/collection/session',
  );
}

function daemonPid(): number {
  const reply = bus(
    '--dest=org.freedesktop.DBus',
    '/',
    'org.freedesktop.DBus.GetConnectionUnixProcessID',
    'string:org.freedesktop.secrets',
  );
  return Number(/uint32 (\d+)/.exec(reply)?.[1]);
}

const scenarios: Record<string, () => Promise<unknown>> = {
  async unlocked() {
    await vault.probe('prompt');
    const absent = await get('prompt');
    await vault.set('token', 'grün ✓', 'prompt');
    const small = await get('prompt');
    const long = 'x'.repeat(100_000);
    await vault.set('token', long, 'prompt');
    const back = (await vault.get('token', 'prompt')) === long;
    const seen = execFileSync('secret-tool', ['lookup', 'service', 'claude-bedrock-test', 'username', 'token']).length;
    return { absent, small, back, seen, gone: await vault.delete('token'), again: await vault.delete('token') };
  },
  async noBus() {
    await get('prompt');
    return { get: await get(), set: await outcome(vault.set('token', 'a')), probe: await outcome(vault.probe()) };
  },
  async locked() {
    await vault.set('token', 'a', 'prompt');
    lock();
    return { get: await get(), set: await outcome(vault.set('token', 'b')), probe: await outcome(vault.probe()) };
  },
  async hung() {
    await vault.set('token', 'a', 'prompt');
    const pid = daemonPid();
    process.kill(pid, 'SIGSTOP');
    const loop = monitorEventLoopDelay({ resolution: 5 });
    loop.enable();
    const calls = [get(), get(), get(), get()];
    await sleep(300);
    const started = performance.now();
    await readFile(new URL(import.meta.url));
    const fileReadMs = Math.round(performance.now() - started);
    const results = await Promise.all(calls);
    const late = await get();
    loop.disable();
    process.kill(pid, 'SIGCONT');
    // As a person at a prompt would, this one waits until the queue is free again; then nobody has to.
    const waited = await get('prompt');
    return { results, late, fileReadMs, loopMaxMs: Math.round(loop.max / 1e6), waited, after: await get() };
  },
  async dead() {
    await vault.set('token', 'a', 'prompt');
    const pid = daemonPid();
    process.kill(pid, 'SIGSTOP');
    const call = get();
    await sleep(300);
    process.kill(pid, 'SIGKILL');
    return { call: await call };
  },
  async promptIgnored() {
    await vault.set('token', 'a', 'prompt');
    lock();
    const first = await get();
    const second = await get();
    return { first, second, write: await outcome(vault.set('token', 'b')) };
  },
  async exitWhileHung() {
    await vault.set('token', 'a', 'prompt');
    lock();
    void get();
    await sleep(200);
    return { asked: true };
  },
};

const name = process.argv[2] ?? '';
const scenario = scenarios[name];
if (!scenario) throw new Error(`no scenario ${name}`);
process.stdout.write(`${JSON.stringify(await scenario())}\n`);
await vault.close();
process.exit(0);
