import { expect, test } from 'vitest';
import { anthropicMessages } from '../../../src/wire/anthropic-messages/format.ts';
import { plainContext } from '../sample-answers.ts';

test('the user of a native body and its tier reach Bedrock, which takes them as headers', () => {
  const body = {
    ...{ model: 'm', max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }], context_management: { edits: [] } },
    ...{ metadata: { user_id: '{"account":"a1","session":"s2"}' }, service_tier: 'flex' },
  };
  const translated = anthropicMessages.toNative?.(anthropicMessages.parse(body, plainContext), plainContext);
  expect(translated?.request).toMatchObject({
    requestMetadata: { account: 'a1', session: 's2' },
    serviceTier: { type: 'flex' },
  });
  expect(translated?.native).toMatchObject({ body: { messages: body.messages } });
  expect(JSON.stringify(translated?.native)).not.toMatch(/metadata|service_tier/);
});

test('a member called __proto__ reaches Bedrock like any other', () => {
  const example = '{"__proto__":{"admin":1},"constructor":2,"path":"a"}';
  const body = JSON.parse(
    `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"Hi"}],
      "tools":[{"name":"read","input_schema":{"type":"object"},"input_examples":[${example}]}]}`,
  );
  const translated = anthropicMessages.toNative?.(anthropicMessages.parse(body, plainContext), plainContext);
  expect(JSON.stringify(translated?.native)).toContain(`"input_examples":[${example}]`);
});
