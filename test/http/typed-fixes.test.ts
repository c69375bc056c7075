import { afterEach, expect, test } from 'vitest';
import { ProxyError } from '../../src/base/errors.ts';
import { replay } from '../../src/converse/replay.ts';
import { anAnswer, scripted } from '../proxy/call-fixture.ts';
import { hello, type ProxyUnderTest, startProxy } from './proxy-under-test.ts';

let proxy: ProxyUnderTest;
afterEach(() => proxy.close());

const failure = new ProxyError('upstream_limited', 'Bedrock is throttling.', { fix: 'claude-bedrock quota' });
const asTyped = (text: string) => text.replace('claude-bedrock', 'npx claude-bedrock');

test.each([
  ['/v1/chat/completions', {}],
  ['/v1/completions', { prompt: 'Hi' }],
  ['/v1/responses', { input: 'Hi' }],
  ['/v1/messages', { max_tokens: 9 }],
])(
  'by %s the command that mends is named as this person can type it, before the answer and inside it',
  async (path, more) => {
    proxy = await startProxy({
      asTyped,
      upstream: scripted((call) => (call.stream ? [replay(anAnswer('half')).slice(0, 3), failure] : [failure])),
    });
    const whole = await proxy.chat({ ...hello, ...more }, { path });
    expect(whole.status).toBe(429);
    expect(await whole.text()).toContain('npx claude-bedrock quota');
    const reader = (await proxy.chat({ ...hello, ...more, stream: true }, { path })).body
      ?.pipeThrough(new TextDecoderStream())
      .getReader();
    let streamed = '';
    for (;;) {
      const step = await reader?.read().catch(() => undefined); // some dialects break the body off after the failure
      if (!step || step.done) break;
      streamed += step.value;
    }
    expect(streamed).toContain('npx claude-bedrock quota');
  },
);
