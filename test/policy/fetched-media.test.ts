import { expect, test } from 'vitest';
import { createFetchedMedia } from '../../src/policy/fetched-media.ts';
import type { RemoteLink } from '../../src/wire/remote-links.ts';

const link = (name: string, kind: RemoteLink['kind'] = 'image'): RemoteLink => ({
  url: `https://pictures.example/${name}`,
  kind,
  param: 'messages[0]',
});
const medium = (length: number) => ({ mediaType: 'image/png', base64: 'x'.repeat(length) });

test('case 69: what was fetched is there for five minutes, for whom it was fetched, and as what', () => {
  let now = 0;
  const media = createFetchedMedia({ monotonic: () => now });
  media.put('key_a', link('a'), medium(3));
  now = 299_000;
  expect(media.get('key_a', { ...link('a'), param: 'input[4]' })).toEqual(medium(3));
  expect(media.get('key_b', link('a'))).toBeUndefined();
  expect(media.get('key_a', link('a', 'file'))).toBeUndefined();
  now = 301_000;
  expect(media.get('key_a', link('a'))).toBeUndefined();
});

test('all together are bounded: the least used goes first, and one that is too large is not kept', () => {
  const media = createFetchedMedia({ monotonic: () => 0 }, { characters: 1_000 });
  for (const name of ['a', 'b']) media.put('key_a', link(name), medium(300));
  media.get('key_a', link('a'));
  media.put('key_a', link('c'), medium(300));
  media.put('key_a', link('huge'), medium(2_000));
  const kept = ['a', 'b', 'c', 'huge'].filter((name) => media.get('key_a', link(name)));
  expect(kept).toEqual(['a', 'c']);
  media.clear();
  expect(media.get('key_a', link('a'))).toBeUndefined();
});
