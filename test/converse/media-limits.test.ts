import { expect, test } from 'vitest';
import { check } from '../../src/converse/check.ts';
import type { ContentBlock, DocumentBlock } from '../../src/converse/request.ts';

const image: ContentBlock = { image: { format: 'png', source: { bytes: 'QQ==' } } };
const twenty = Array.from({ length: 20 }, () => image);

/** What stands in the place of an old medium once twenty newer ones follow. */
function left(source: DocumentBlock['source']): unknown {
  const old: ContentBlock[] = [{ document: { name: 'notes', source } }, { text: 'Read this.' }];
  const { request } = check({ messages: [{ role: 'user', content: [...old, ...twenty] }] });
  return request.messages[0]?.content[0];
}

test('the words of a document that gives way stay, its bytes are named', () => {
  expect(left({ text: 'all of it' })).toEqual({ text: '[document notes]\nall of it' });
  expect(left({ content: [{ text: 'one' }, { text: 'two' }] })).toEqual({ text: '[document notes]\none\ntwo' });
  expect(left({ bytes: 'QQ==' })).toEqual({ text: '[an earlier document, notes, was left out here]' });
});

test('media inside a tool result count and give way too', () => {
  const result: ContentBlock = { toolResult: { toolUseId: 't', content: [{ text: 'seen' }, { ...image }] } };
  const { request, changes } = check({
    messages: [
      { role: 'user', content: [{ text: 'Look.' }] },
      { role: 'assistant', content: [{ toolUse: { toolUseId: 't', name: 'look', input: {} } }] },
      { role: 'user', content: [result, ...twenty] },
    ],
    toolConfig: { tools: [{ toolSpec: { name: 'look', inputSchema: { json: { type: 'object' } } } }] },
  });
  expect(request.messages[2]?.content[0]).toEqual({
    toolResult: { toolUseId: 't', content: [{ text: 'seen' }, { text: '[an earlier image was left out here]' }] },
  });
  expect(changes.map(({ what }) => what)).toEqual(['oldest media left out']);
});
