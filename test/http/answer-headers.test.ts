import { expect, test } from 'vitest';
import { answerHeaders, changesHeader } from '../../src/http/answer-headers.ts';

const change = (what: string) => ({ what, why: '' });

test('changes are short ASCII items, each once', () => {
  expect(changesHeader([change('top_p dropped'), change('name → alias'), change('top_p dropped')])).toBe(
    'top_p dropped; name ? alias',
  );
});

test('a header of many changes stays near 1,000 characters and counts what it leaves out', () => {
  const many = Array.from({ length: 500 }, (_, at) => change(`item ${at} with some words to fill the line`));
  const header = changesHeader(many);
  expect(header.length).toBeLessThan(1_030);
  const [, told = ''] = /; and (\d+) more$/.exec(header) ?? [];
  expect(header.split('; ').length - 1 + Number(told)).toBe(500);
});

test('a budget that is nearly spent is told in percent and dollars; nothing is said of others', () => {
  const told = (budget?: { percent: number; period: 'day' | 'month'; limitUsd: number }) =>
    answerHeaders('req_1', { model: 'm', region: 'r', changes: [], ...(budget && { budget }) })[
      'x-claude-bedrock-budget'
    ];
  expect(told({ percent: 82, period: 'day', limitUsd: 1 })).toBe('82% of daily $1.00');
  expect(told({ percent: 104, period: 'month', limitUsd: 12.5 })).toBe('104% of monthly $12.50');
  expect(told()).toBeUndefined();
});

test('RFC 9211: a hit, a miss that was kept, a miss that was not, and a shared call', () => {
  const status = (cache: NonNullable<Parameters<typeof answerHeaders>[1]>['cache']) => {
    const served = { model: 'm', region: 'r', changes: [], ...(cache && { cache }) };
    const headers = answerHeaders('req_1', served);
    return [headers['cache-status'], headers['age']];
  };
  expect(status({ status: 'hit', ttl: 200, age: 100 })).toEqual(['claude-bedrock; hit; ttl=200', '100']);
  expect(status({ status: 'miss', stored: true })).toEqual(['claude-bedrock; fwd=miss; stored', undefined]);
  expect(status({ status: 'miss', stored: false })).toEqual(['claude-bedrock; fwd=miss', undefined]);
  expect(status({ status: 'shared' })).toEqual(['claude-bedrock; fwd=miss; collapsed', undefined]);
  expect(status(undefined)).toEqual([undefined, undefined]);
});
