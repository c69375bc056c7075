import { describe, expect, test } from 'vitest';
import type { Draft } from '../../src/bedrock/draft.ts';
import { fitCachePoints, placeCachePoints } from '../../src/bedrock/prompt-cache.ts';
import type { PromptCaching } from '../../src/converse/model.ts';
import type { ConverseRequest, Message } from '../../src/converse/request.ts';
import { brokenLaws } from '../converse/laws.ts';

const caching: PromptCaching = {
  minTokens: 1000,
  maxPoints: 4,
  ttls: ['5m'],
  ttlField: false,
  fields: ['tools', 'system', 'messages'],
};
const point = { cachePoint: { type: 'default' as const } };
const words = (tokens: number) => ({ text: 'abc '.repeat(tokens) });
const user = (tokens: number): Message => ({ role: 'user', content: [words(tokens)] });
const assistant = (tokens: number): Message => ({ role: 'assistant', content: [words(tokens)] });
const tool = (tokens: number) => ({
  toolSpec: { name: 't', description: words(tokens).text, inputSchema: { json: { type: 'object' } } },
});

/** Where the points stand, as `tools`, `system` or the number of the message. */
const places = (request: ConverseRequest): (string | number)[] => [
  ...(request.toolConfig?.tools.some((item) => 'cachePoint' in item) ? ['tools'] : []),
  ...(request.system?.some((item) => 'cachePoint' in item) ? ['system'] : []),
  ...request.messages.flatMap((message, at) => (message.content.some((block) => 'cachePoint' in block) ? [at] : [])),
];

test('a conversation that keeps being rewritten gets none, tools and system do, and that is told', () => {
  const notes: string[] = [];
  const request: ConverseRequest = {
    toolConfig: { tools: [tool(1100)] },
    messages: [user(10), assistant(10), user(10)],
  };
  const draft = {
    request,
    options: { steadyPrefix: false },
    fields: {},
    row: { promptCaching: caching },
    settings: {},
    note: (what: string) => notes.push(what),
  };
  fitCachePoints(draft as unknown as Draft); // the other members of a draft do not concern cache points
  expect(places(draft.request)).toEqual(['tools']);
  expect(notes).toEqual(['cache points left out', 'cache points added']);
});

describe('cache points of our own', () => {
  test('stand behind tools, system prompt and the last two user turns', () => {
    const request: ConverseRequest = {
      toolConfig: { tools: [tool(1100)] },
      system: [words(10)],
      messages: [user(10), assistant(10), user(10), assistant(10), user(10)],
    };
    const placed = placeCachePoints(request, caching);
    expect(places(placed)).toEqual(['tools', 'system', 2, 4]);
    expect(brokenLaws(placed)).toEqual([]);
    expect(placed.system?.at(-1)).toEqual(point);
  });

  test('stand only where the prefix is long enough to be cached', () => {
    expect(places(placeCachePoints({ messages: [user(900), assistant(10), user(50)] }, caching))).toEqual([]);
    expect(places(placeCachePoints({ messages: [user(900), assistant(200), user(50)] }, caching))).toEqual([2]);
    const short: ConverseRequest = { system: [words(400)], messages: [user(100), assistant(10), user(600)] };
    expect(places(placeCachePoints(short, caching))).toEqual([2]);
  });

  test('leave alone what the row does not cache', () => {
    const request: ConverseRequest = {
      toolConfig: { tools: [tool(2000)] },
      messages: [
        user(10),
        { role: 'assistant', content: [{ toolUse: { toolUseId: '1', name: 't', input: {} } }] },
        { role: 'user', content: [{ toolResult: { toolUseId: '1', content: [words(10)] } }] },
      ],
    };
    expect(
      places(placeCachePoints(request, { ...caching, fields: ['system', 'messages'], afterToolBlocks: false })),
    ).toEqual([0]);
    expect(places(placeCachePoints(request, caching))).toEqual(['tools', 0, 2]);
  });
});
