import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { localKeyRing } from '../../src/auth/local-key-ring.ts';
import { localKeys } from '../../src/auth/local-keys.ts';
import { locksIn } from '../../src/auth/lock.ts';
import { memoryVault } from '../../src/auth/vault-memory.ts';
import { systemClock } from '../../src/base/clock.ts';
import { processorMs } from '../processor-time.ts';
import { handClock } from './hand-clock.ts';

const minute = 60_000;
let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'keys-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function setup(path = join(dir, 'keys.json')) {
  const clock = handClock();
  const keys = localKeys({ path, vault: memoryVault(), takeLock: locksIn(dir, systemClock), clock });
  return { clock, path, keys, ring: localKeyRing(path, clock) };
}

test('a key of 256 bits is shown when made and again from the vault; the index holds no part of it', async () => {
  const { keys, ring, path } = setup();
  const { key, facts } = await keys.create({ name: 'cursor' });
  expect(key.reveal()).toMatch(/^cb-[\w-]{43}$/);
  expect((await keys.show('cursor')).reveal()).toBe(key.reveal());
  const index = readFileSync(path, 'utf8');
  for (let at = 0; at + 8 <= key.reveal().length; at++) expect(index).not.toContain(key.reveal().slice(at, at + 8));
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(ring.verify(key.reveal())).toEqual({ id: facts.id, name: 'cursor', scope: 'inference' });
  expect(inspect([keys, ring, key, facts], { depth: 9, showHidden: true })).not.toContain(key.reveal().slice(3));
});

test('nothing but the exact key is let in', async () => {
  const { keys, ring } = setup();
  const key = (await keys.create({ name: 'a' })).key.reveal();
  for (const wrong of [
    '',
    'cb-',
    key.slice(0, -1),
    `${key}=`,
    key.toUpperCase(),
    ` ${key}`,
    'cbt-',
    'cbt-a.b',
    'cbt-e30.'.padEnd(96, 'A'),
  ])
    expect(ring.verify(wrong)).toBeUndefined();
});

test('scope, models and expiry travel with the key', async () => {
  const { clock, keys, ring } = setup();
  const { key } = await keys.create({ name: 'ci', scope: 'admin', models: ['bedrock-haiku'], lifeMs: 10 * minute });
  expect(ring.verify(key.reveal())).toMatchObject({ scope: 'admin', models: ['bedrock-haiku'] });
  clock.pass(10 * minute);
  expect(ring.verify(key.reveal())).toBeUndefined();
  expect(await keys.list()).toMatchObject([{ name: 'ci', state: 'expired' }]);
});

test('rotate --grace: both keys count for the grace, then only the new one; the holder stays the same', async () => {
  const { clock, keys, ring } = setup();
  const first = (await keys.create({ name: 'a' })).key.reveal();
  const holder = ring.verify(first);
  const second = (await keys.rotate('a', 10 * minute)).key.reveal();
  clock.pass(1_000);
  expect([ring.verify(first), ring.verify(second)]).toEqual([holder, holder]);
  expect((await keys.list())[0]?.graceEndsAt).toBe(clock.now() - 1_000 + 10 * minute);
  clock.pass(10 * minute);
  expect([ring.verify(first), ring.verify(second)]).toEqual([undefined, holder]);
  const third = (await keys.rotate('a', 0)).key.reveal();
  clock.pass(1_000);
  expect([ring.verify(second), ring.verify(third)]).toEqual([undefined, holder]);
});

test('a running ring sees new and revoked keys within 200 ms, without a restart', async () => {
  const { clock, keys, ring } = setup();
  expect(ring.verify('cb-x')).toBeUndefined();
  const { key } = await keys.create({ name: 'a' });
  clock.pass(200);
  expect(ring.verify(key.reveal())).toBeDefined();
  await keys.revoke('a');
  clock.pass(200);
  expect(ring.verify(key.reveal())).toBeUndefined();
  await expect(keys.show('a')).rejects.toMatchObject({ code: 'not_found' });
});

test('a client token lives five minutes, for this installation only, and dies with its key', async () => {
  const { clock, keys, ring } = setup();
  await keys.create({ name: 'claude-code', models: ['bedrock-opus'] });
  const token = (await keys.clientToken('claude-code')).reveal();
  expect(ring.verify(token)).toMatchObject({ name: 'claude-code', models: ['bedrock-opus'] });
  const elsewhere = setup(join(dir, 'other.json'));
  await elsewhere.keys.create({ name: 'claude-code' });
  expect(elsewhere.ring.verify(token)).toBeUndefined();
  for (let at = 4; at < token.length - 1; at += 5) {
    const changed = `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`;
    expect(ring.verify(changed)).toBeUndefined();
  }
  clock.pass(5 * minute - 1);
  expect(ring.verify(token)).toBeDefined();
  clock.pass(1);
  expect(ring.verify(token)).toBeUndefined();
  const another = (await keys.clientToken('claude-code')).reveal();
  await keys.revoke('claude-code');
  clock.pass(200);
  expect(ring.verify(another)).toBeUndefined();
});

test('a token of a rotated key counts as long as the grace does', async () => {
  const { clock, keys, ring } = setup();
  await keys.create({ name: 'a' });
  const token = (await keys.clientToken('a')).reveal();
  await keys.rotate('a', minute);
  clock.pass(200);
  expect(ring.verify(token)).toBeDefined();
  clock.pass(minute);
  expect(ring.verify(token)).toBeUndefined();
});

test('20 commands at once lose no key', async () => {
  const { keys } = setup();
  await Promise.all(Array.from({ length: 20 }, (_, at) => keys.create({ name: `k${at}` })));
  expect(await keys.list()).toHaveLength(20);
});

test('a name that is taken, an odd name and an unknown one are refused with the command that helps', async () => {
  const { keys } = setup();
  await keys.create({ name: 'a' });
  await expect(keys.create({ name: 'a' })).rejects.toMatchObject({ facts: { fix: 'claude-bedrock key rotate a' } });
  await expect(keys.create({ name: 'a b' })).rejects.toMatchObject({ code: 'invalid_request' });
  await expect(keys.rotate('b', 0)).rejects.toMatchObject({ code: 'not_found' });
});

test('a damaged index lets nobody in and is told, not overwritten', async () => {
  const { clock, keys, ring, path } = setup();
  const { key } = await keys.create({ name: 'a' });
  const whole = readFileSync(path, 'utf8');
  const without = (field: RegExp, by = '') => whole.replace(field, by);
  for (const damage of [
    whole.slice(0, 40),
    '[]',
    '{"version":1}',
    '',
    without(/,\s*"publicKey": "[^"]*"/),
    without(/"scope": "inference"/, '"scope": "inference", "models": "bedrock-haiku"'),
    without(/"scope": "inference"/, '"scope": "inference", "expiresAt": "never"'),
  ]) {
    writeFileSync(path, damage);
    clock.pass(200);
    expect(ring.verify(key.reveal())).toBeUndefined();
    await expect(keys.create({ name: 'b' })).rejects.toThrow(/damaged/);
    expect(readFileSync(path, 'utf8')).toBe(damage);
  }
});

test('verifying costs less than 0.2 ms of processor time', async () => {
  const { keys, ring } = setup();
  const key = (await keys.create({ name: 'a' })).key.reveal();
  const ms = processorMs(() => {
    for (let i = 0; i < 10_000; i++) ring.verify(i % 2 ? key : `${key.slice(0, -1)}!`);
  });
  expect(ms / 10_000).toBeLessThan(0.2);
});
