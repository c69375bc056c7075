import { expect, test } from 'vitest';
import type { Identity } from '../../src/bedrock/identity.ts';
import { watchIdentity } from '../../src/bedrock/watch-identity.ts';

const keys = (accessKeyId: string): Identity => ({
  accessKeyId,
  secretAccessKey: `secret of ${accessKeyId}`,
  sessionToken: `session of ${accessKeyId}`,
});

function setup() {
  const known = new Set<string>();
  let stamp = '1';
  const know = (secret: string) => {
    known.add(secret);
    return () => known.delete(secret);
  };
  const signIn = (to: string) => {
    stamp = to;
  };
  return { known, watch: watchIdentity(know, () => stamp), signIn };
}

test('the secrets of every identity become known, its ids do not; the latest gives the name', () => {
  const { known, watch } = setup();
  expect(watch.account()).toBe(undefined);
  watch.saw(keys('a'));
  watch.saw(keys('a'));
  watch.saw({ token: 't' });
  expect([...known]).toEqual(['secret of a', 'session of a', 't']);
  expect(watch.account()).toBe('t 1');
});

test('after a login or a logout the account is unknown until an identity was seen under it', () => {
  const { watch, signIn } = setup();
  watch.saw(keys('a'));
  expect(watch.account()).toBe('a 1');
  signIn('2');
  expect(watch.account()).toBe(undefined);
  watch.saw(keys('a'));
  expect(watch.account()).toBe('a 2');
});

test('over a year of hourly rotations only the last few stay known', () => {
  const { known, watch } = setup();
  for (let hour = 0; hour < 365 * 24; hour++) watch.saw(keys(`${hour}`));
  expect(known.size).toBe(16);
  expect(known).toContain('session of 8759');
});
