import fc from 'fast-check';
import { expect, test } from 'vitest';
import { customInputUnwrapper, customToolDescription, unwrapCustomInput } from '../../src/wire/custom-tool.ts';

const streamed = (fragments: readonly string[]): string => {
  const unwrap = customInputUnwrapper();
  return fragments.map((fragment) => unwrap.push(fragment)).join('') + unwrap.end();
};

test('case 35: the raw text comes out of the wrapper, cut at every position', () => {
  const text = '*** Begin Patch\n"quoted" \\ back\tslash 😀 \u2028 é\n*** End Patch';
  for (const json of [
    JSON.stringify({ input: text }),
    `{ "input" : ${JSON.stringify(text).replace('😀', '\\ud83d\\ude00')} }`,
  ]) {
    expect(unwrapCustomInput(json)).toBe(text);
    for (let cut = 0; cut <= json.length; cut++) expect(streamed([json.slice(0, cut), json.slice(cut)])).toBe(text);
  }
});

test('case 35: any text survives any fragmentation, and no piece holds half a character of an escape', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 7 }), (text, size) => {
      const json = JSON.stringify({ input: text });
      const fragments = json.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];
      expect(streamed(fragments)).toBe(text);
    }),
  );
});

test('case 35: other shapes are given back and not lost', () => {
  expect(unwrapCustomInput('')).toBe('');
  expect(unwrapCustomInput('{}')).toBe('');
  expect(unwrapCustomInput('{"why":1,"input":"x"}')).toBe('x');
  expect(unwrapCustomInput('{"command":"ls"}')).toBe('{"command":"ls"}');
  expect(unwrapCustomInput('raw text')).toBe('raw text');
  expect(unwrapCustomInput('{"input":"cut off he')).toBe('cut off he');
  expect(unwrapCustomInput('{"input":"bare\nline \\"break\\""}')).toBe('bare\nline "break"');
});

test('case 35: the grammar is told to the model in words', () => {
  expect(customToolDescription('Edits files.', { syntax: 'lark', definition: 'start: "x"' })).toBe(
    'Edits files.\n\nThe text in "input" must follow this lark grammar:\nstart: "x"',
  );
  expect(customToolDescription('Edits files.', undefined)).toBe('Edits files.');
});
