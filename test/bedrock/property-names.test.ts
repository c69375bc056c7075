import { expect, test } from 'vitest';
import { ProxyError } from '../../src/base/errors.ts';
import { accommodate } from '../../src/bedrock/accommodate.ts';
import { repairAfter } from '../../src/bedrock/repair.ts';
import type { Event } from '../../src/converse/events.ts';
import type { ConverseRequest } from '../../src/converse/request.ts';
import { callFor, infoOf } from './calls.ts';

const legal = /^[a-zA-Z0-9_.-]{1,64}$/;
const long = 'settings__'.repeat(8);
const odd = ['filter[id]', '$top', 'Account Number', '名前', long, `${long}x`];
const schema = {
  type: 'object',
  properties: Object.fromEntries([...odd, 'plain'].map((name) => [name, { type: 'string' }])),
  required: ['filter[id]', 'plain'],
};
const input = { 'filter[id]': '7', plain: { 'filter[id]': 'inside' } };
const request: ConverseRequest = {
  messages: [
    { role: 'user', content: [{ text: 'q' }] },
    { role: 'assistant', content: [{ toolUse: { toolUseId: 'a', name: 'mcp.list', input } }] },
    { role: 'user', content: [{ toolResult: { toolUseId: 'a', content: [{ text: 'done' }] } }] },
  ],
  toolConfig: {
    tools: [
      { toolSpec: { name: 'mcp.list', inputSchema: { json: schema } } },
      { toolSpec: { name: 'other', inputSchema: { json: { type: 'object', properties: { a: {} } } } } },
    ],
  },
};

const fitTo = (family: string) => accommodate(callFor(infoOf(family), request));
const specOf = ({ toolConfig }: ConverseRequest) => {
  const tool = toolConfig?.tools[0];
  if (!tool || !('toolSpec' in tool)) throw new Error('the tool is gone');
  return tool.toolSpec;
};
const aliasesIn = (fitted: ConverseRequest) => Object.keys(Object(specOf(fitted).inputSchema.json['properties']));

test('properties that Claude refuses get an alias in schema and history; at the top alone, where alone it looks', () => {
  const { request: fitted, changes } = fitTo('claude-4.5');
  const names = aliasesIn(fitted);
  expect(names).toHaveLength(7);
  for (const name of names) expect(name).toMatch(legal);
  expect(new Set(names).size).toBe(7);
  expect(names[6]).toBe('plain');
  expect(specOf(fitted).inputSchema.json['required']).toEqual([names[0], 'plain']);
  const block = fitted.messages[1]?.content[0];
  expect(block).toMatchObject({ toolUse: { input: { [String(names[0])]: '7', plain: { 'filter[id]': 'inside' } } } });
  expect(fitted.toolConfig?.tools[1]).toBe(request.toolConfig?.tools[1]);
  expect(changes.map(({ what }) => what)).toContain('tool properties aliased');
  expect(aliasesIn(fitTo('claude-4.5').request)).toEqual(names);
});

test('a model that takes any name gets the schema as it is, until it says otherwise', () => {
  const call = callFor(infoOf('nova-1'), request);
  const tried = accommodate(call);
  expect(aliasesIn(tried.request)).toContain('filter[id]');
  const error = new ProxyError(
    'invalid_request',
    "The model returned the following errors: tools.0.custom.input_schema.properties: Property keys should match pattern '^[a-zA-Z0-9_.-]{1,64}$'",
  );
  const repaired = repairAfter(error, call, tried);
  for (const name of aliasesIn(repaired?.request ?? request)) expect(name).toMatch(legal);
});

test('the arguments of a call carry the real names, wherever the stream was cut, and even when they end in the middle', () => {
  const { request: fitted, restore } = fitTo('claude-4.5');
  const [id = '', top = ''] = aliasesIn(fitted);
  const name = specOf(fitted).name;
  const whole = `{"${id}": "7","plain":"${id}","${top}":{"x":1},"cut`;
  const real = `{"filter[id]": "7","plain":"${id}","$top":{"x":1},"cut`;
  for (let cut = 0; cut <= whole.length; cut++) {
    const pass = restore();
    const events: Event[] = [
      { type: 'open', index: 0, block: { kind: 'tool', id: 'x', name } },
      { type: 'delta', index: 0, kind: 'tool', text: whole.slice(0, cut) },
      { type: 'delta', index: 0, kind: 'tool', text: whole.slice(cut) },
      { type: 'close', index: 0 },
      { type: 'open', index: 1, block: { kind: 'text' } },
      { type: 'delta', index: 1, kind: 'text', text: `"${id}":` },
      { type: 'close', index: 1 },
    ];
    const said = events.flatMap((event) => pass([event]));
    const texts = said.flatMap((event) => (event.type === 'delta' ? [event.text] : []));
    expect(texts).toEqual([real, `"${id}":`]);
    expect(said[0]).toMatchObject({ block: { name: 'mcp.list' } });
  }
});

test('a call without arguments stays one', () => {
  const { request: fitted, restore } = fitTo('claude-4.5');
  const open: Event = { type: 'open', index: 0, block: { kind: 'tool', id: 'x', name: specOf(fitted).name } };
  expect(restore()([open, { type: 'close', index: 0 }]).map(({ type }) => type)).toEqual(['open', 'close']);
});
