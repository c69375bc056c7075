import { expect, test } from 'vitest';
import { routeCache } from '../../src/bedrock/routes.ts';
import type { Route } from '../../src/bedrock/sdk-route.ts';

const minute = 60_000;

/** A cache whose searches are counted and give identities that live for `lifetime`. */
function counted(lifetime: number | undefined) {
  const clock = { now: () => state.now };
  const state = { now: 1_000_000, searches: 0, down: false };
  const search = async (region: string | undefined): Promise<Route> => {
    state.searches++;
    if (state.down) throw new Error('down');
    const expiration = lifetime === undefined ? {} : { expiration: new Date(state.now + lifetime) };
    return {
      endpoint: new URL('http://x'),
      region: region ?? 'default',
      identity: { token: `t${state.searches}`, ...expiration },
    };
  };
  return { state, routes: routeCache(search, clock) };
}

test('callers at the same time share one search, each Region its own', async () => {
  const { state, routes } = counted(undefined);
  await Promise.all([routes.get('a'), routes.get('a'), routes.get('b'), routes.get(undefined)]);
  await routes.get('a');
  expect(state.searches).toBe(3);
});

test('an identity is renewed five minutes before it expires', async () => {
  const { state, routes } = counted(60 * minute);
  await routes.get('a');
  state.now += 54 * minute;
  await routes.get('a');
  expect(state.searches).toBe(1);
  state.now += 2 * minute;
  expect((await routes.get('a')).identity).toMatchObject({ token: 't2' });
});

test('identities that live shorter than that are not searched for at every call', async () => {
  const { state, routes } = counted(4 * minute);
  for (let nth = 0; nth < 10; nth++) {
    await routes.get('a');
    state.now += 10_000;
  }
  expect(state.searches).toBeLessThanOrEqual(4);
});

test('a failed renewal keeps what is still valid, and fails when it is not', async () => {
  const { state, routes } = counted(10 * minute);
  await routes.get('a');
  state.down = true;
  state.now += 6 * minute;
  expect((await routes.get('a')).identity).toMatchObject({ token: 't1' });
  state.now += 5 * minute;
  await expect(routes.get('a')).rejects.toThrow('down');
  state.down = false;
  expect((await routes.get('a')).identity).toMatchObject({ token: 't4' });
});

test('a refused identity is searched for anew once; a late complaint about an old one changes nothing', async () => {
  const { state, routes } = counted(undefined);
  const old = await routes.get('a');
  routes.refuse(old);
  routes.refuse(old);
  await routes.get('a');
  routes.refuse(old);
  await routes.get('a');
  expect(state.searches).toBe(2);
});

test('after a login or a logout every route is searched anew', async () => {
  const { state, routes } = counted(undefined);
  await Promise.all([routes.get('a'), routes.get('b')]);
  routes.forget();
  await Promise.all([routes.get('a'), routes.get('b')]);
  expect(state.searches).toBe(4);
});
