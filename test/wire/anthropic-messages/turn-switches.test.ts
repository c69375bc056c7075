import { describe, expect, test } from 'vitest';
import { countToConverse, parseCount } from '../../../src/wire/anthropic-messages/count-tokens.ts';
import { anthropicMessages } from '../../../src/wire/anthropic-messages/format.ts';
import type { Translated } from '../../../src/wire/format.ts';
import { plainContext } from '../sample-answers.ts';
import { claudeCodeLoadedTools } from './claude-code.ts';

const parsed = (body: object) => anthropicMessages.parse(body, plainContext);
const converse = (body: object): Translated => anthropicMessages.toConverse(parsed(body), plainContext);
const native = (body: object) => anthropicMessages.toNative?.(parsed(body), plainContext);
const bodyOf = (translated: Translated | undefined) =>
  translated?.native?.dialect === 'anthropic-messages' ? translated.native.body : {};
const told = (translated: Translated | undefined) => translated?.changes.map(({ what }) => what);

const effortTold = 'effort of a message applied to the whole request';
const toolsTold = 'tool changes applied to the whole request';

describe('an effort in a turn (router-for-me/CLIProxyAPI#5738)', () => {
  test('a resumed session of Claude Code goes the native lane without it, and the newest level holds', () => {
    const translated = native(claudeCodeLoadedTools);
    const body = bodyOf(translated);
    expect(body['output_config']).toEqual({ effort: 'low' });
    expect(JSON.stringify(body['messages'])).not.toContain('output_config');
    expect(JSON.stringify(body['messages'])).toContain('{"type":"tool_reference","tool_name":"NotebookEdit"}');
    expect(told(translated)).toContain(effortTold);
  });

  test('the same level as the request’s own is no change', () => {
    const body = { ...claudeCodeLoadedTools, output_config: { effort: 'low' } };
    expect(told(native(body))).not.toContain(effortTold);
  });

  test('a turn that says nothing else is left out, and its level is the request’s on the way through Converse', () => {
    const body = {
      model: 'm',
      max_tokens: 16,
      messages: [
        { role: 'user', content: 'hi' },
        { role: 'system', content: [], output_config: { effort: 'low' } },
      ],
    };
    const { request, options, changes } = converse(body);
    expect(request.messages).toEqual([{ role: 'user', content: [{ text: 'hi' }] }]);
    expect(options.effort).toBe('low');
    expect(changes.map(({ what }) => what)).toEqual([effortTold]);
  });
});

describe('tools that come and go between turns (beta mid-conversation-tool-changes-2026-07-01)', () => {
  const tool = (name: string, more: object = {}) => ({ name, input_schema: { type: 'object' }, ...more });
  const reference = (type: string, name: string) => ({ type, tool: { type: 'tool_reference', name } });
  const body = {
    model: 'm',
    max_tokens: 16,
    tools: [tool('read'), tool('late', { defer_loading: true }), tool('gone')],
    messages: [
      { role: 'user', content: 'hi' },
      { role: 'assistant', content: 'yes' },
      { role: 'user', content: 'go on' },
      {
        role: 'system',
        content: [
          reference('tool_addition', 'late'),
          reference('tool_removal', 'gone'),
          { type: 'tool_addition', tool: { type: 'tool_definition', definition: tool('new') } },
          reference('tool_removal', 'read'),
          reference('tool_addition', 'read'),
          { type: 'text', text: 'Deletion is off.' },
        ],
        clear_at: 'next_user_message',
      },
    ],
  };

  test('the request offers what is there in the end, and the turn says so in words', () => {
    const { request, changes } = converse(body);
    expect(request.toolConfig?.tools.map((one) => 'toolSpec' in one && one.toolSpec.name)).toEqual([
      'late',
      'new',
      'read',
    ]);
    expect(request.messages.at(-1)).toEqual({
      role: 'system',
      content: [
        { text: 'The tool late is available.' },
        { text: 'The tool gone is no longer available.' },
        { text: 'The tool new is available.' },
        { text: 'The tool read is no longer available.' },
        { text: 'The tool read is available.' },
        { text: 'Deletion is off.' },
      ],
    });
    expect(changes.map(({ what }) => what).sort()).toEqual(['clear_at dropped', toolsTold]);
  });

  test('on the native lane a tool that was added is deferred no longer', () => {
    const translated = native(body);
    const { tools, messages } = bodyOf(translated);
    expect(tools).toEqual([tool('late'), tool('new'), tool('read')]);
    expect(JSON.stringify(messages)).not.toMatch(/tool_addition|tool_removal|clear_at/);
    expect(told(translated)).toContain(toolsTold);
  });

  test('they are counted like any other tools', () => {
    const { request } = countToConverse(parseCount(body), plainContext);
    expect(request.toolConfig?.tools).toHaveLength(3);
  });
});

test('a request without any goes on as the same object', () => {
  const messages = [{ role: 'user', content: 'hi' }];
  expect(told(converse({ model: 'm', max_tokens: 16, messages }))).toEqual([]);
});
