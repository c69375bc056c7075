import { expect, test } from 'vitest';
import type { LastSeen, Sighting } from '../../src/config/sightings.ts';
import { createSightings } from '../../src/observe/sightings.ts';

const sighting = (client: string, at: number): Sighting => ({
  client,
  at,
  through: 'local',
  path: '/v1/chat/completions',
});

test('the last request of each client is kept, with their number; the list is bounded', () => {
  const written: (readonly LastSeen[])[] = [];
  const { see, flush } = createSightings({ write: (clients) => written.push(clients), everyMs: 60_000 });
  see(sighting('Cursor/3', 1));
  see(sighting('Cursor/3', 2));
  see({ ...sighting('Cursor/3', 3), through: 'tunnel' });
  flush();
  expect(written[0]).toMatchObject([
    { client: 'Cursor/3', at: 2, requests: 2, through: 'local' },
    { client: 'Cursor/3', at: 3, requests: 1, through: 'tunnel' },
  ]);
  for (let at = 0; at < 100; at++) see(sighting(`client-${at}`, at));
  flush();
  expect(written[1]).toHaveLength(32);
  expect(written[1]?.at(-1)?.client).toBe('client-99');
  flush();
  expect(written).toHaveLength(2);
});

test('a disk that refuses fails nothing', () => {
  const { see, flush } = createSightings({
    write: () => {
      throw new Error('EROFS');
    },
  });
  see(sighting('zed', 1));
  expect(flush).not.toThrow();
});
