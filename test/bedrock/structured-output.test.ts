import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/base/json.ts';
import { accommodate } from '../../src/bedrock/accommodate.ts';
import { answerText } from '../../src/bedrock/answer-text.ts';
import { strictSchema } from '../../src/bedrock/strict-schema.ts';
import type { Event } from '../../src/converse/events.ts';
import type { ModelOptions } from '../../src/converse/options.ts';
import type { ConverseRequest, Message } from '../../src/converse/request.ts';
import { callFor, infoOf } from './calls.ts';

const q: Message = { role: 'user', content: [{ text: 'q' }] };
const schema: JsonObject = { type: 'object', properties: { age: { type: 'integer', minimum: 0 } }, required: ['age'] };
const wish: ModelOptions = { responseFormat: { type: 'json_schema', name: 'person', schema } };
const read = { toolSpec: { name: 'read', inputSchema: { json: { type: 'object' } } } };

const answerFor = (family: string, options: ModelOptions, request: Partial<ConverseRequest> = {}) =>
  accommodate(callFor(infoOf(family), { messages: [q], ...request }, options));

describe('the request', () => {
  test('case 63, 64: the model’s own format gets a closed schema, with limits told in words', () => {
    const { request, changes } = answerFor('claude-4.5', wish);
    const format = request.outputConfig?.textFormat?.structure.jsonSchema;
    expect(format?.name).toBe('person');
    expect(JSON.parse(format?.schema ?? '')).toEqual({
      type: 'object',
      properties: { age: { type: 'integer', description: '(minimum: 0)' } },
      required: ['age'],
      additionalProperties: false,
    });
    expect(changes.map((change) => change.what)).toEqual(['schema adapted']);
  });

  test('case 65: without one, the answer is the input of a tool that must be called', () => {
    const { request } = answerFor('claude-5', wish);
    expect(request.toolConfig).toMatchObject({
      tools: [{ toolSpec: { name: 'json_answer', inputSchema: { json: schema } } }],
      toolChoice: { tool: { name: 'json_answer' } },
    });
  });

  test('a schema that has to become lawful for that tool is no silent change', () => {
    const whats = (given: JsonObject) =>
      answerFor('claude-5', {
        responseFormat: { type: 'json_schema', name: 'person', schema: given },
      }).changes.map(({ what }) => what);
    expect(whats(schema)).not.toContain('tool schema adapted');
    expect(whats({ ...schema, properties: { age: { type: 'int' } } })).toContain('tool schema adapted');
  });

  test('case 65: beside the client’s own tools any of them may be called', () => {
    const { request } = answerFor('claude-5', wish, { toolConfig: { tools: [read] } });
    expect(request.toolConfig).toMatchObject({ tools: [read, {}], toolChoice: { any: {} } });
  });

  test('case 65: a thinking model that cannot be forced is told instead', () => {
    const { request } = answerFor('claude-4.1', { ...wish, thinking: { type: 'enabled', budgetTokens: 2000 } });
    expect(request.toolConfig).not.toHaveProperty('toolChoice');
    expect(JSON.stringify(request.system)).toContain('only by calling the tool json_answer');
  });

  test('case 66: no answer is begun on the model’s behalf', () => {
    for (const family of ['claude-5', 'claude-4.5', 'nova-1', 'titan-text']) {
      expect(answerFor(family, wish).request.messages.at(-1)?.role).toBe('user');
    }
  });

  test('case 67: JSON without a schema is asked for in words', () => {
    const { request, changes } = answerFor('llama-4', { responseFormat: { type: 'json_object' } });
    expect(JSON.stringify(request.system)).toContain('one JSON object');
    expect(changes).toHaveLength(1);
  });
});

describe('the schema', () => {
  test('names of properties are no keywords, and data stays as it is', () => {
    const given: JsonObject = {
      type: 'object',
      properties: { pattern: { type: 'string', enum: ['minimum'] }, list: { type: 'array', minItems: 1, maxItems: 3 } },
    };
    expect(strictSchema(given)).toEqual({
      type: 'object',
      properties: {
        pattern: { type: 'string', enum: ['minimum'] },
        list: { type: 'array', minItems: 1, description: '(maxItems: 3)' },
      },
      additionalProperties: false,
    });
  });
});

describe('the answer', () => {
  const tool = (index: number, name: string, ...pieces: string[]): Event[] => [
    { type: 'open', index, block: { kind: 'tool', id: 'x', name } },
    ...pieces.map((text): Event => ({ type: 'delta', index, kind: 'tool', text })),
    { type: 'close', index },
  ];
  const prose = (index: number, text: string): Event[] => [
    { type: 'open', index, block: { kind: 'text' } },
    { type: 'delta', index, kind: 'text', text },
    { type: 'close', index },
  ];
  const end: Event = { type: 'end', end: { stopReason: 'tool_use' } };
  const restored = (events: Event[], size = 1): Event[] => {
    const restore = answerFor('claude-5', wish, { toolConfig: { tools: [read] } }).restore();
    const out: Event[] = [];
    for (let at = 0; at < events.length; at += size) out.push(...restore(events.slice(at, at + size)));
    return out;
  };

  test('case 65: the call streams out as text and ends as an answer', () => {
    for (const size of [1, 2, 9]) {
      expect(restored([...tool(0, 'json_answer', '{"ag', 'e":3}'), end], size)).toEqual([
        { type: 'open', index: 0, block: { kind: 'text' } },
        { type: 'delta', index: 0, kind: 'text', text: '{"ag' },
        { type: 'delta', index: 0, kind: 'text', text: 'e":3}' },
        { type: 'close', index: 0 },
        { type: 'end', end: { stopReason: 'end_turn' } },
      ]);
    }
  });

  test('prose before the answer is dropped, because the whole content must be JSON', () => {
    const events = restored([...prose(0, 'Sure!'), ...tool(1, 'json_answer', '{}'), end]);
    expect(events.map((event) => ('index' in event ? event.index : -1))).toEqual([0, 0, 0, -1]);
    expect(JSON.stringify(events)).not.toContain('Sure');
  });

  test('prose is given out when no answer comes, and before a call of the client’s own tool', () => {
    expect(restored([...prose(0, 'I cannot.'), { type: 'end', end: { stopReason: 'end_turn' } }])).toHaveLength(4);
    const events = restored([...prose(0, 'Let me see.'), ...tool(1, 'read', '{}'), end]);
    expect(events).toEqual([...prose(0, 'Let me see.'), ...tool(1, 'read', '{}'), end]);
  });

  test('case 24: a call without input is an empty object', () => {
    expect(restored([...tool(0, 'json_answer'), end])[1]).toMatchObject({ type: 'delta', text: '{}' });
  });

  const read1 = (text: string, cuts: readonly number[], ownProperties = false): string => {
    const stream = answerText(ownProperties);
    let out = '';
    let from = 0;
    for (const cut of [...cuts, text.length]) {
      out += stream.push(text.slice(from, cut));
      from = cut;
    }
    return out + stream.end();
  };

  test('case 65: an answer inside {"properties":…} is unwrapped, wherever the pieces are cut', () => {
    const inner = '{"age":3,"home":{"town":"}"}}';
    const wrapped = ` { "properties" : ${inner} } `;
    for (let cut = 0; cut <= wrapped.length; cut++) {
      expect(JSON.parse(read1(wrapped, [cut]))).toEqual(JSON.parse(inner));
      expect(read1(wrapped, [cut], true)).toBe(wrapped);
    }
  });

  test('any other answer comes out as it went in', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(40), (text, cut) => {
        fc.pre(!/^\s*\{\s*"properties"/.test(text));
        expect(read1(text, [Math.min(cut, text.length)])).toBe(text);
      }),
    );
  });
});
