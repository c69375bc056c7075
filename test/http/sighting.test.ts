import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { sightingOf } from '../../src/http/sighting.ts';

function seen(
  body: unknown,
  { url = '/v1/chat/completions?x=secret', userAgent = 'Cursor/3.17.21 (linux)', remote = true } = {},
) {
  const incoming = new IncomingMessage(new Socket());
  incoming.url = url;
  incoming.headers = { 'user-agent': userAgent };
  const outgoing = new ServerResponse(incoming);
  return sightingOf({ incoming, outgoing, requestId: 'r', remote, startedAt: 0 }, 5, body);
}

const nested = { type: 'function', function: { name: 'a' } };
const flat = { type: 'function', name: 'a' };
const anthropic = { name: 'a', input_schema: {} };

test.each([
  ['a plain chat', { messages: [{}], tools: [nested] }, 'chat', 1],
  ['a chat without tools', { messages: [{}], tools: null }, 'chat', 0],
  ['a Responses body (case 110)', { input: [{}], tools: [flat, flat] }, 'responses', 2],
  ['a Responses body beside empty messages', { messages: [], input: 'x' }, 'responses', 0],
  ['a chat with a Responses tool', { messages: [{}], tools: [nested, flat] }, 'mixed', 2],
  ['a chat with Anthropic tools', { messages: [{}], tools: [anthropic] }, 'messages', 1],
  ['old functions', { messages: [{}], functions: [{ name: 'a' }] }, 'chat', 1],
] as const)('%s', (_, body, shape, tools) => {
  expect(seen({ model: 'bedrock-sonnet', ...body })).toMatchObject({
    shape,
    tools,
    model: 'bedrock-sonnet',
    stream: false,
  });
});

test('nothing of the content, the query or an odd name gets in', () => {
  const sighting = seen(
    { model: 'x\u0000é'.repeat(80), messages: [{ content: 'SECRET' }] },
    { userAgent: 'Odd\u0001Name/1' },
  );
  expect(sighting).toMatchObject({ client: 'Odd', through: 'tunnel', path: '/v1/chat/completions' });
  expect(sighting.model).toHaveLength(100);
  expect(JSON.stringify(sighting)).not.toMatch(/SECRET|secret|\\u0000/);
});
