import { expect, test } from 'vitest';
import { modelPage } from '../../src/http/model-page.ts';

const models = ['a', 'b', 'c', 'd', 'e'].map((id) => ({ type: 'model', id }));
const page = (query: string) => {
  const { data, ...rest } = modelPage(models, new URLSearchParams(query));
  return { ids: (data as { id: string }[]).map(({ id }) => id).join(''), ...rest };
};

test('who asks for no page gets the whole list', () => {
  expect(page('')).toEqual({ ids: 'abcde', has_more: false, first_id: 'a', last_id: 'e' });
});

test('pages follow each other without a gap, forwards and backwards', () => {
  expect(page('limit=2')).toEqual({ ids: 'ab', has_more: true, first_id: 'a', last_id: 'b' });
  expect(page('limit=2&after_id=b')).toEqual({ ids: 'cd', has_more: true, first_id: 'c', last_id: 'd' });
  expect(page('limit=2&after_id=d')).toEqual({ ids: 'e', has_more: false, first_id: 'e', last_id: 'e' });
  expect(page('limit=2&after_id=e')).toEqual({ ids: '', has_more: false, first_id: null, last_id: null });
  expect(page('limit=2&before_id=d')).toEqual({ ids: 'bc', has_more: true, first_id: 'b', last_id: 'c' });
  expect(page('limit=2&before_id=b')).toEqual({ ids: 'a', has_more: false, first_id: 'a', last_id: 'a' });
});

test.each(['limit=0', 'limit=-1', 'limit=1001', 'limit=x', 'limit=', 'after_id=z', 'before_id=z'])(
  'an unlawful page is refused: %s',
  (query) => expect(() => page(query)).toThrow(expect.objectContaining({ code: 'invalid_request' })),
);
