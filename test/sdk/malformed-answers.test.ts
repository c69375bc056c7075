import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Simulator, startSimulator } from '../../src/demo/bedrock-simulator.ts';
import { headers, startDemo } from './running-demo.ts';

/* One rule in every dialect: what the service itself calls malformed is an error, and never a polite end. */

let simulator: Simulator;
let program: Awaited<ReturnType<typeof startDemo>>;
let reason = '';

beforeAll(async () => {
  const script = () => [
    {
      do: 'events' as const,
      events: [
        { messageStart: { role: 'assistant' } },
        { contentBlockDelta: { contentBlockIndex: 0, delta: { text: 'Well' } } },
        { contentBlockStop: { contentBlockIndex: 0 } },
        { messageStop: { stopReason: reason } },
        { metadata: { usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 }, metrics: { latencyMs: 1 } } },
      ],
    },
  ];
  simulator = await startSimulator({ paceMs: 0, script });
  program = await startDemo({ upstream: 'bedrock', 'aws.endpoint': simulator.url, 'aws.region': simulator.region });
});
afterAll(async () => {
  await program.close();
  await simulator.close();
});
beforeEach(() => {
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  vi.stubEnv('AWS_ACCESS_KEY_ID', simulator.credentials.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', simulator.credentials.secretAccessKey);
});

const dialects = [
  { path: '/v1/chat/completions', body: { messages: [{ role: 'user', content: 'Hi' }] }, polite: '[DONE]' },
  { path: '/v1/completions', body: { prompt: 'Hi' }, polite: '[DONE]' },
  { path: '/v1/responses', body: { input: 'Hi' }, polite: 'response.completed' },
  {
    path: '/v1/messages',
    body: { messages: [{ role: 'user', content: 'Hi' }], max_tokens: 100 },
    polite: 'message_stop',
  },
];

describe.each(['malformed_model_output', 'malformed_tool_use'])('%s', (stopReason) => {
  test.each(dialects)('$path fails, streamed and not', async ({ path, body, polite }) => {
    reason = stopReason;
    const post = (stream: boolean) =>
      fetch(program.url + path, {
        method: 'POST',
        headers,
        body: JSON.stringify({ model: 'bedrock-sonnet', stream, ...body }),
        signal: AbortSignal.timeout(15_000),
      });
    const whole = await post(false);
    expect(whole.status).toBe(502);
    expect(await whole.text()).toMatch(/The model wrote .* that cannot be read/);
    const text = await (await post(true)).body?.pipeThrough(new TextDecoderStream()).getReader();
    let streamed = '';
    for (;;) {
      const step = await text?.read();
      if (!step || step.done) break;
      streamed += step.value;
    }
    expect(streamed).toContain('that cannot be read');
    expect(streamed).not.toContain(polite);
  });
});

test('what a malformed answer cost is booked, streamed or not: the person pays for it', async () => {
  reason = 'malformed_model_output';
  const tokensIn = async () => {
    const page = await (await fetch(`${program.url}/metrics`, { headers })).text();
    return Number(/^claude_bedrock_tokens_total\{.*type="input"\} (\d+)$/m.exec(page)?.[1] ?? 0);
  };
  const post = async (stream: boolean) => {
    const body = JSON.stringify({ model: 'bedrock-sonnet', stream, messages: [{ role: 'user', content: 'Book it' }] });
    const url = `${program.url}/v1/chat/completions`;
    const answer = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(15_000) });
    await answer.text();
  };
  const before = await tokensIn();
  await post(false);
  expect(await tokensIn(), 'two attempts of one token each').toBe(before + 2);
  await post(true);
  expect(await tokensIn(), 'its words went out, so it is not repeated').toBe(before + 3);
});
