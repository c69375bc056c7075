import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { locksIn } from '../../src/auth/lock.ts';
import { type RotatingTokenOptions, rotatingToken } from '../../src/auth/rotating-token.ts';
import type { RefreshAnswer, TokenPair } from '../../src/auth/token-record.ts';
import { type Vault, vaultError } from '../../src/auth/vault.ts';
import { memoryVault } from '../../src/auth/vault-memory.ts';
import { systemClock } from '../../src/base/clock.ts';
import { ProxyError } from '../../src/base/errors.ts';
import { handClock } from './hand-clock.ts';

const minute = 60_000;
const day = 24 * 60 * minute;

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'token-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const pair = (n: number): TokenPair => ({
  accessToken: `canary-access-${n}`,
  expiresInMs: 5 * minute,
  refreshToken: `canary-refresh-${n}`,
});

/** A token server by script: rotates strictly unless an answer was put before that. */
function script() {
  let n = 1;
  const sent: string[] = [];
  const answers: (RefreshAnswer | Promise<RefreshAnswer>)[] = [];
  return {
    sent,
    /** What the next refreshes are answered with. */
    say: (...next: (RefreshAnswer | Promise<RefreshAnswer>)[]) => answers.push(...next),
    grant: {
      async refresh(token: { reveal(): string }): Promise<RefreshAnswer> {
        sent.push(token.reveal());
        return answers.shift() ?? { kind: 'granted', pair: pair(++n) };
      },
    },
  };
}

function setup(more: Partial<RotatingTokenOptions> = {}) {
  const clock = handClock();
  const server = script();
  const vault = more.vault ?? memoryVault();
  const buckets: string[] = [];
  const options: RotatingTokenOptions = {
    name: 'oauth',
    what: 'Your sign-in to https://login.example.com',
    fix: 'claude-bedrock auth login',
    vault,
    takeLock: locksIn(dir, systemClock),
    grant: server.grant,
    clock,
    random: () => 0.5,
    onRefresh: (bucket) => buckets.push(bucket),
    ...more,
  };
  return { clock, server, vault, buckets, token: rotatingToken(options), sibling: () => rotatingToken(options) };
}

/** Turns of the event loop, for work that nobody waits for. */
const settle = async () => {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
};
const accessOf = async (work: Promise<{ token: { reveal(): string } }>) => (await work).token.reveal();
const errorOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => (error instanceof ProxyError ? error : undefined),
  );

describe('time', () => {
  test('a token is used as it is until 2 minutes before its end, then renewed beside the request', async () => {
    const { clock, server, token } = setup();
    await token.save(pair(1));
    clock.pass(3 * minute - 1);
    expect(await accessOf(token.get())).toBe('canary-access-1');
    await settle();
    expect(server.sent).toEqual([]);
    clock.pass(2);
    expect(await accessOf(token.get())).toBe('canary-access-1');
    await settle();
    expect(await accessOf(token.get())).toBe('canary-access-2');
    expect(server.sent).toEqual(['canary-refresh-1']);
  });

  test('jitter moves the moment of renewal by up to a tenth of the two minutes', async () => {
    for (const [random, dueAt] of [
      [0, 300 - 108],
      [0.999, 300 - 132],
    ] as const) {
      const { clock, server, token } = setup({ random: () => random });
      await token.save(pair(1));
      clock.pass((dueAt - 1) * 1_000);
      await token.get();
      await settle();
      expect(server.sent).toEqual([]);
      clock.pass(2_000);
      await token.get();
      await settle();
      expect(server.sent).toHaveLength(1);
    }
  });

  test.each([-day, day])(
    'the wall clock jumps by %d ms: one refresh at most, no error, in the old process and in a new one',
    async (jump) => {
      const { clock, server, token, sibling } = setup();
      await token.save(pair(1));
      clock.jump(jump);
      expect(await accessOf(token.get())).toMatch(/canary-access-[12]/);
      const other = sibling();
      expect(await accessOf(other.get())).toMatch(/canary-access-2/);
      expect(server.sent.length).toBeLessThanOrEqual(1);
      clock.jump(-jump);
      for (let i = 0; i < 5; i++) await other.get();
      clock.pass(6 * minute);
      expect(await accessOf(other.get())).toBe(`canary-access-${server.sent.length + 1}`);
    },
  );

  test('a clock set back does not keep a dead token in use', async () => {
    const { clock, server, token } = setup();
    await token.save(pair(1));
    clock.jump(-day);
    clock.pass(5 * minute + 1);
    expect(await accessOf(token.get())).toBe('canary-access-2');
    expect(server.sent).toHaveLength(1);
  });

  test('a night asleep counts although the monotonic clock stood still', async () => {
    const { clock, token } = setup();
    await token.save(pair(1));
    clock.suspend(8 * 60 * minute);
    expect(await accessOf(token.get())).toBe('canary-access-2');
  });

  test('a refresh token that is over by our clock is tried once, because the clock may be wrong', async () => {
    const { clock, server, token } = setup();
    await token.save({ ...pair(1), refreshExpiresInMs: 8 * 60 * minute });
    clock.jump(day);
    expect(await accessOf(token.get())).toBe('canary-access-2');
    expect(server.sent).toHaveLength(1);
  });

  test('a refresh token that is over at the server: the person reads what, since when and the command', async () => {
    const { clock, server, token } = setup();
    await token.save({ ...pair(1), refreshExpiresInMs: 7 * day });
    clock.pass(7 * day + 6 * minute);
    server.say({ kind: 'invalid-grant' });
    const error = await errorOf(token.get());
    expect(error?.messageWithFix).toBe(
      'Your sign-in to https://login.example.com expired 6 min ago. No restart is needed: run the command, then resend. Fix: claude-bedrock auth login',
    );
    expect(error?.code).toBe('sign_in_needed');
    for (let i = 0; i < 5; i++) expect((await errorOf(token.get()))?.publicMessage).toBe(error?.publicMessage);
    expect(server.sent).toEqual(['canary-refresh-1']);
  });
});

describe('one refresh', () => {
  test('100 callers with an expired token: one request', async () => {
    const { clock, server, token } = setup();
    await token.save(pair(1));
    clock.pass(10 * minute);
    const tokens = await Promise.all(Array.from({ length: 100 }, () => accessOf(token.get())));
    expect(new Set(tokens)).toEqual(new Set(['canary-access-2']));
    expect(server.sent).toEqual(['canary-refresh-1']);
  });

  test('50 callers whose token was refused upstream: one request, and none when it was replaced meanwhile', async () => {
    const { server, token } = setup();
    const { generation } = await token.save(pair(1));
    await Promise.all(Array.from({ length: 50 }, () => token.refused(generation)));
    expect(server.sent).toHaveLength(1);
    expect(await accessOf(token.refused(generation))).toBe('canary-access-2');
    expect(server.sent).toHaveLength(1);
  });

  test("a sibling's newer pair is adopted without a request", async () => {
    const { clock, server, token, sibling, buckets } = setup();
    await token.save(pair(1));
    const other = sibling();
    await other.get();
    clock.pass(10 * minute);
    await token.get();
    expect(await accessOf(other.get())).toBe('canary-access-2');
    expect(server.sent).toHaveLength(1);
    expect(buckets).toEqual(['success']);
  });

  test('two that wake at the same moment: the second adopts under the lock', async () => {
    const { clock, server, token, sibling, buckets } = setup();
    await token.save(pair(1));
    const others = [token, sibling(), sibling(), sibling()];
    await Promise.all(others.map((one) => one.get()));
    clock.pass(10 * minute);
    await Promise.all(others.map((one) => one.get()));
    expect(server.sent).toHaveLength(1);
    expect(buckets.toSorted()).toEqual(['adopted', 'adopted', 'adopted', 'success']);
  });

  test('a caller that goes away does not stop the refresh it began', async () => {
    const { clock, server, token, sibling } = setup();
    await token.save(pair(1));
    clock.pass(10 * minute);
    const { promise, resolve } = Promise.withResolvers<RefreshAnswer>();
    server.say(promise);
    const client = new AbortController();
    const waiting = token.get(client.signal);
    await settle();
    client.abort(new Error('gone'));
    await expect(waiting).rejects.toThrow('gone');
    resolve({ kind: 'granted', pair: pair(9) });
    await settle();
    expect(await accessOf(sibling().get())).toBe('canary-access-9');
    expect(server.sent).toEqual(['canary-refresh-1']);
  });

  test('a lock that stays taken: 503 with a time, and the token is not sent', async () => {
    const { clock, server, token, buckets } = setup({ takeLock: (name) => locksIn(dir, systemClock)(name, 100) });
    await token.save(pair(1));
    clock.pass(10 * minute);
    const release = await locksIn(dir, systemClock)('oauth');
    const error = await errorOf(token.get());
    release();
    expect(error?.code).toBe('upstream_unavailable');
    expect(error?.facts.retryAfterMs).toBeGreaterThan(0);
    expect(server.sent).toEqual([]);
    expect(buckets).toEqual(['lock_timeout']);
  });
});

describe('the server says no', () => {
  test.each([
    [{ kind: 'refused', detail: '400 invalid_client' }, 'bad_request'],
    [{ kind: 'throttled', retryAfterMs: 7_000 }, 'throttled'],
    [{ kind: 'failing' }, 'upstream_5xx'],
    [{ kind: 'unsent', detail: 'ENOTFOUND' }, 'unsent'],
    [{ kind: 'unanswered', detail: 'ECONNRESET' }, 'unanswered'],
  ] as const)('%o: the old access token serves on, no storm, and the next try works', async (answer, bucket) => {
    const { clock, server, token, buckets } = setup();
    await token.save(pair(1));
    clock.pass(4 * minute);
    server.say(answer);
    for (let i = 0; i < 20; i++) {
      expect(await accessOf(token.get())).toBe('canary-access-1');
      await settle();
    }
    expect(server.sent).toHaveLength(1);
    expect(buckets).toEqual([bucket]);
    clock.pass(5 * minute);
    expect(await accessOf(token.get())).toBe('canary-access-2');
    expect(server.sent).toEqual(['canary-refresh-1', 'canary-refresh-1']);
  });

  test('a grant that fails before it sends (discovery, registration) spends nothing and leaves no word of a refresh', async () => {
    const { clock, server, token, vault, buckets } = setup({
      grant: { refresh: async () => Promise.reject(new Error('canary: no discovery')) },
    });
    await token.save(pair(1));
    clock.pass(10 * minute);
    expect((await errorOf(token.get()))?.code).toBe('upstream_unavailable');
    expect(await vault.get('oauth')).not.toContain('intent');
    expect([server.sent, buckets]).toEqual([[], ['unsent']]);
  });

  test('while the server is away an expired token is answered 503 with the time to come back, without asking each time', async () => {
    const { clock, server, token } = setup();
    await token.save(pair(1));
    clock.pass(10 * minute);
    server.say({ kind: 'throttled', retryAfterMs: 20_000 });
    const first = await errorOf(token.get());
    clock.pass(5_000);
    const second = await errorOf(token.get());
    expect([first?.code, second?.code]).toEqual(['upstream_unavailable', 'upstream_unavailable']);
    expect([first?.facts.retryAfterMs, second?.facts.retryAfterMs]).toEqual([20_000, 15_000]);
    expect(server.sent).toHaveLength(1);
  });

  test('a server that fails and names no time is left alone for seconds at first, and never for more than a minute', async () => {
    const { clock, server, token } = setup({ random: () => 1 });
    await token.save(pair(1));
    clock.pass(10 * minute);
    const waits: (number | undefined)[] = [];
    for (let nth = 0; nth < 8; nth++) {
      server.say({ kind: 'failing' });
      const wait = (await errorOf(token.get()))?.facts.retryAfterMs;
      waits.push(wait);
      clock.pass(wait ?? 0);
    }
    expect(waits).toEqual([2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
    expect(server.sent).toHaveLength(8);
  });

  test('invalid_grant: the record stays, marked; the access token serves until its end; a sign-in elsewhere mends it without restart', async () => {
    const { clock, server, token, sibling, vault } = setup();
    await token.save(pair(1));
    clock.pass(4 * minute);
    server.say({ kind: 'invalid-grant' });
    await token.get();
    await settle();
    expect(await accessOf(token.get())).toBe('canary-access-1');
    expect(await vault.get('oauth')).toContain('"reason":"revoked"');
    clock.pass(3 * minute);
    const error = await errorOf(token.get());
    expect(error?.publicMessage).toMatch(/was revoked or expired at the server 3 min ago/);
    expect(await token.status()).toMatchObject({ state: 'ended', reason: 'revoked' });
    expect(server.sent).toHaveLength(1);
    await sibling().save(pair(50));
    expect(await accessOf(token.get())).toBe('canary-access-50');
  });

  test("invalid_grant because a sibling without our lock was faster: the sibling's pair is adopted", async () => {
    const { clock, server, token, vault } = setup();
    await token.save(pair(1));
    clock.pass(10 * minute);
    const { promise, resolve } = Promise.withResolvers<RefreshAnswer>();
    server.say(promise);
    const waiting = accessOf(token.get());
    await settle();
    const record = JSON.parse((await vault.get('oauth')) ?? '');
    const newer = {
      ...record,
      generation: record.generation + 1,
      accessToken: 'sibling',
      issuedAt: clock.now(),
      expiresAt: clock.now() + day,
    };
    await vault.set('oauth', JSON.stringify(newer));
    resolve({ kind: 'invalid-grant' });
    expect(await waiting).toBe('sibling');
  });

  test('no answer twice: the token is not sent a third time, and the person reads that a renewal was interrupted', async () => {
    const { clock, server, token } = setup();
    await token.save(pair(1));
    clock.pass(10 * minute);
    server.say({ kind: 'unanswered', detail: 'timeout' }, { kind: 'unanswered', detail: 'timeout' });
    await errorOf(token.get());
    clock.pass(minute);
    expect((await errorOf(token.get()))?.publicMessage).toMatch(/lost when a renewal was interrupted/);
    clock.pass(minute);
    await errorOf(token.get());
    expect(server.sent).toHaveLength(2);
  });

  test('the answer was lost after the server rotated: named "interrupted", not "revoked"', async () => {
    const { clock, server, token } = setup();
    await token.save(pair(1));
    clock.pass(10 * minute);
    server.say({ kind: 'unanswered', detail: 'ECONNRESET' }, { kind: 'invalid-grant' });
    await errorOf(token.get());
    clock.pass(minute);
    expect((await errorOf(token.get()))?.publicMessage).toMatch(/interrupted/);
    expect(await token.status()).toMatchObject({ state: 'ended', reason: 'interrupted' });
  });
});

describe('the store refuses', () => {
  /** A memory vault whose writes can be made to fail, or to succeed and lie. */
  function moodyVault() {
    const inner = memoryVault();
    let mood: 'good' | 'refuses' | 'forgets' = 'good';
    let writesLeft = Number.POSITIVE_INFINITY;
    const vault: Vault = {
      ...inner,
      async set(name, value) {
        if (mood === 'refuses' || writesLeft-- <= 0) throw vaultError('locked', 'canary of the store');
        if (mood === 'good') await inner.set(name, value);
      },
    };
    return { vault, be: (next: typeof mood) => (mood = next), allowWrites: (count: number) => (writesLeft = count) };
  }

  test.each(['refuses', 'forgets'] as const)(
    'a store that %s writes is found out before the token is spent; the old token still works afterwards',
    async (mood) => {
      const moody = moodyVault();
      const { clock, server, token } = setup({ vault: moody.vault });
      await token.save(pair(1));
      clock.pass(10 * minute);
      moody.be(mood);
      expect((await errorOf(token.get()))?.code).toBe('sign_in_needed');
      expect(server.sent).toEqual([]);
      moody.be('good');
      expect(await accessOf(token.get())).toBe('canary-access-2');
    },
  );

  test('a store that fails after the token was spent: the new pair serves from memory, the lock stays, and it is stored as soon as that works', async () => {
    const moody = moodyVault();
    const { clock, server, token, sibling, buckets } = setup({ vault: moody.vault });
    const { generation } = await token.save(pair(1));
    clock.pass(10 * minute);
    moody.allowWrites(1);
    expect(await accessOf(token.get())).toBe('canary-access-2');
    expect(buckets).toEqual(['success', 'persist_failure']);
    await expect(locksIn(dir, systemClock)('oauth', 50)).rejects.toMatchObject({ code: 'upstream_unavailable' });
    expect(await token.status()).toMatchObject({ state: 'signed-in', generation: generation + 1 });
    moody.allowWrites(99);
    clock.pass(minute);
    await settle();
    (await locksIn(dir, systemClock)('oauth', 50))();
    expect(await accessOf(sibling().get())).toBe('canary-access-2');
    expect(server.sent).toHaveLength(1);
    await token.close();
  });

  test('ending with an unsaved pair tries once more, and says aloud when that fails', async () => {
    const moody = moodyVault();
    const { clock, token } = setup({ vault: moody.vault });
    await token.save(pair(1));
    clock.pass(10 * minute);
    moody.allowWrites(1);
    await token.get();
    const error = await errorOf(token.close());
    expect(error?.publicMessage).toMatch(/could not be stored/);
    expect(JSON.stringify(error) + inspect(error, { depth: 9 })).not.toMatch(/canary-(access|refresh)/);
  });

  test('a store that goes back to the pair before: the spent token is not sent, and the newer pair is stored again', async () => {
    const { clock, server, vault, token } = setup();
    await token.save(pair(1));
    const before = (await vault.get('oauth')) ?? '';
    clock.pass(6 * minute);
    expect(await accessOf(token.get())).toBe('canary-access-2');
    await vault.set('oauth', before);
    clock.pass(40_000);
    expect(await accessOf(token.get())).toBe('canary-access-2');
    await settle();
    expect(await accessOf(token.get())).toBe('canary-access-2');
    clock.pass(6 * minute);
    expect(await accessOf(token.get())).toBe('canary-access-3');
    expect(server.sent).toEqual(['canary-refresh-1', 'canary-refresh-2']);
    expect(await vault.get('oauth')).toContain('canary-refresh-3');
  });

  test('a damaged record is said to be damaged, never "signed out", and is not overwritten by reading', async () => {
    const { token, vault } = setup();
    await vault.set('oauth', '{"version":1,"accessToken":"canary-access-1"');
    const error = await errorOf(token.get());
    expect(error?.publicMessage).toMatch(/damaged/);
    expect(await vault.get('oauth')).toBe('{"version":1,"accessToken":"canary-access-1"');
    expect(inspect(error, { depth: 9 })).not.toContain('canary');
    await token.save(pair(3));
    expect(await accessOf(token.get())).toBe('canary-access-3');
  });
});

test('sign-out revokes, deletes and reads back; a running sibling notices within half a minute', async () => {
  const revoked: string[] = [];
  const { grant } = script();
  const { clock, token, sibling, vault } = setup({
    grant: { ...grant, revoke: async (secret) => revoked.push(secret.reveal()) > 0 },
  });
  await token.save(pair(1));
  const other = sibling();
  await other.get();
  expect(await token.signOut()).toEqual({ revoked: true });
  expect(revoked).toEqual(['canary-refresh-1']);
  expect(await vault.get('oauth')).toBeUndefined();
  expect((await errorOf(token.get()))?.publicMessage).toMatch(/nobody is signed in/);
  clock.pass(31_000);
  await other.get();
  await settle();
  expect((await errorOf(other.get()))?.code).toBe('sign_in_needed');
});

test('sign-out deletes also where the server cannot be asked, and does not say that it revoked', async () => {
  const { grant } = script();
  const refuse = async (): Promise<boolean> => {
    throw new Error('no way to the server');
  };
  const { token, vault } = setup({ grant: { ...grant, revoke: refuse } });
  await token.save(pair(1));
  expect(await token.signOut()).toEqual({ revoked: false });
  expect(await vault.get('oauth')).toBeUndefined();
});

test('`auth refresh` renews a fresh token, and a running process takes the new pair over', async () => {
  const { clock, server, token, sibling } = setup();
  await token.save(pair(1));
  const server2 = sibling();
  await server2.get();
  expect(await accessOf(token.renew())).toBe('canary-access-2');
  expect(server.sent).toHaveLength(1);
  clock.pass(31_000);
  await server2.get();
  await settle();
  expect(await accessOf(server2.get())).toBe('canary-access-2');
  expect(server.sent).toHaveLength(1);
});

test('a server that gives no new refresh token (sso-oidc may): the old one is kept', async () => {
  const { clock, server, token } = setup();
  await token.save(pair(1));
  server.say({ kind: 'granted', pair: { accessToken: 'b', expiresInMs: 5 * minute } });
  clock.pass(10 * minute);
  await token.get();
  clock.pass(10 * minute);
  await token.get();
  expect(server.sent).toEqual(['canary-refresh-1', 'canary-refresh-1']);
});

test('nothing a caller can print holds a token', async () => {
  const { token } = setup();
  const access = await token.save(pair(1));
  const all = inspect([token, access, await token.status()], { depth: 9, showHidden: true }) + JSON.stringify(access);
  expect(all).not.toContain('canary');
});
