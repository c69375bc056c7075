import { afterEach, describe, expect, test, vi } from 'vitest';
import { type Simulator, startSimulator } from '../../src/demo/bedrock-simulator.ts';
import { headers, startDemo } from '../sdk/running-demo.ts';

/* What the config file says, seen by a client of the whole program above the simulator. */

type Demo = Awaited<ReturnType<typeof startDemo>>;
const open: Demo[] = [];
afterEach(async () => {
  for (const demo of open.splice(0)) await demo.close();
});

async function demoWith(settings: Record<string, unknown>): Promise<Demo> {
  const demo = await startDemo(settings);
  open.push(demo);
  return demo;
}

const image = (mime: string) => ({
  type: 'image_url',
  image_url: {
    // One pixel, PNG.
    url: `data:${mime};base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==`,
  },
});

async function ask(demo: Demo, content: unknown = 'Hello', more: object = {}) {
  const response = await fetch(`${demo.baseUrl}/chat/completions`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ model: 'bedrock-sonnet', messages: [{ role: 'user', content }], ...more }),
    signal: AbortSignal.timeout(20_000),
  });
  // The shape is what the test looks at.
  const body = (await response.json()) as { error?: { message: string; type: string; code: string | null } };
  return { status: response.status, headers: response.headers, body, error: body.error };
}

const limit = 30_000;

test(
  'limits.promptChars: a longer prompt is a 413 in the format’s shape, with the setting that mends it',
  async () => {
    const demo = await demoWith({ 'limits.promptChars': 20 });
    expect((await ask(demo, 'short')).status).toBe(200);
    const long = await ask(demo, 'x'.repeat(21));
    expect(long.status).toBe(413);
    expect(long.error?.message).toContain('21 characters of text; this proxy allows 20');
    expect(long.error?.message).toContain('limits.promptChars');
  },
  limit,
);

test(
  'limits.images and limits.documents: what is over the count is refused, what is inside is not',
  async () => {
    const demo = await demoWith({ 'limits.images': 1, 'limits.documents': 0 });
    const text = { type: 'text', text: 'What is it?' };
    expect((await ask(demo, [text, image('image/png')])).status).toBe(200);
    const two = await ask(demo, [text, image('image/png'), image('image/png')]);
    expect([two.status, two.error?.message]).toEqual([413, expect.stringContaining('limits.images')]);
    const file_data = `data:application/pdf;base64,${Buffer.from('%PDF-1.4\n%%EOF').toString('base64')}`;
    const document = await ask(demo, [text, { type: 'file', file: { filename: 'a.pdf', file_data } }]);
    expect([document.status, document.error?.message]).toEqual([413, expect.stringContaining('limits.documents')]);
  },
  limit,
);

test(
  'media types: an image is what its bytes say, and bytes that are no image are refused',
  async () => {
    const demo = await demoWith({});
    expect((await ask(demo, [image('image/jpeg')])).status).toBe(200);
    const fake = {
      type: 'image_url',
      image_url: { url: `data:image/png;base64,${Buffer.from('#!/bin/sh').toString('base64')}` },
    };
    const refused = await ask(demo, [{ type: 'text', text: 'look' }, fake]);
    expect(refused.status).toBe(400);
    expect(refused.error).toBeDefined();
  },
  limit,
);

test(
  'limits.maxTokensMost and maxTokensLeast: a client’s value is honoured inside them, a clamp is reported',
  async () => {
    const demo = await demoWith({ 'limits.maxTokensMost': 2_000, 'limits.maxTokensLeast': 100 });
    const changes = async (max_tokens: number) =>
      (await ask(demo, `with ${max_tokens}`, { max_tokens })).headers.get('x-claude-bedrock-changes') ?? '';
    expect(await changes(1_500)).not.toContain('max_tokens');
    expect(await changes(5_000)).toContain('max_tokens 5000 -> 2000');
    expect(await changes(10)).toContain('max_tokens 10 -> 100');
  },
  limit,
);

test(
  'limits.maxTokensMost binds a request that names none too: leaving max_tokens out is no way round it',
  async () => {
    const demo = await demoWith({ 'limits.maxTokensMost': 3 });
    expect((await ask(demo, 'Tell me a long story.')).body).toMatchObject({
      choices: [{ finish_reason: 'length' }],
      usage: { completion_tokens: 3 },
    });
  },
  limit,
);

test.each(['off', 'report', 'block'])(
  'masking.webInjection = %s',
  async (action) => {
    const demo = await demoWith({ 'masking.webInjection': action });
    const { status, error } = await ask(demo, 'put <script>alert(1)</script> into it');
    expect(status).toBe(action === 'block' ? 400 : 200);
    if (action === 'block') expect(error?.message).toMatch(/does not let|do not let out/);
  },
  limit,
);

test.each(['off', 'report', 'block'])(
  'a pattern of the person’s own, %s',
  async (action) => {
    const patterns = [{ name: 'project', pattern: 'Project Heron', action }];
    const demo = await demoWith({ 'masking.patterns': patterns });
    const { status, error } = await ask(demo, 'all about Project Heron');
    expect(status).toBe(action === 'block' ? 400 : 200);
    if (action === 'block') {
      expect(error?.message).toContain('X_PROJECT');
      expect(error?.message).not.toContain('Heron');
    }
  },
  limit,
);

test(
  'limits.perKey: what is left travels in headers; beyond it a 429 with retry-after names the limit',
  async () => {
    const demo = await demoWith({ 'limits.perKey.requestsPerMinute': 2, 'limits.perKey.tokensPerMinute': 100_000 });
    const first = await ask(demo);
    expect(first.headers.get('x-ratelimit-limit-requests')).toBe('2');
    expect(first.headers.get('x-ratelimit-remaining-requests')).toBe('1');
    expect(first.headers.get('x-ratelimit-limit-tokens')).toBe('100000');
    expect(first.headers.get('x-ratelimit-reset-requests')).toMatch(/^[\d.]+s$/);
    await ask(demo, 'a second');
    const third = await ask(demo, 'a third');
    expect(third.status).toBe(429);
    expect(Number(third.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(third.error).toMatchObject({ message: expect.stringContaining('2 requests a minute') });
  },
  limit,
);

test(
  'limits.all.concurrent: one call at a time, whoever asks',
  async () => {
    const demo = await demoWith({ 'limits.all.concurrent': 1, 'cache.mode': 'off' });
    const answers = await Promise.all(['one', 'two', 'three'].map((word) => ask(demo, word)));
    const statuses = answers.map(({ status }) => status);
    expect(statuses).toContain(200);
    expect(statuses).toContain(429);
  },
  limit,
);

test(
  'budgets: once spent, `refuse` answers 429 until the period ends, and what is in memory is still served',
  async () => {
    const demo = await demoWith({ budgets: [{ period: 'day', usd: 0.000001, action: 'refuse' }] });
    expect((await ask(demo)).status).toBe(200);
    const second = await ask(demo, 'something else');
    expect(second.status).toBe(429);
    expect(second.error?.message).toMatch(/The daily budget of \$0\.00 is spent.* It starts anew at midnight/);
    expect(Number(second.headers.get('retry-after'))).toBeGreaterThan(0);
    const again = await ask(demo);
    expect([again.status, again.headers.get('cache-status')]).toEqual([200, expect.stringContaining('hit')]);
  },
  limit,
);

test(
  'budgets: `clamp` keeps answers short and says so; of one model, by whatever name, and of one key, only theirs',
  async () => {
    const budgets = [
      { period: 'day', usd: 0.000001, action: 'clamp', key: 'local' },
      { period: 'month', usd: 0.000001, action: 'refuse', model: 'quick' },
      { period: 'month', usd: 0.000001, action: 'refuse', key: 'another key' },
    ];
    const demo = await demoWith({ budgets, 'models.aliases': { quick: 'bedrock-haiku' } });
    expect((await ask(demo)).status).toBe(200);
    const clamped = await ask(demo, 'something else', { max_tokens: 9_000 });
    expect(clamped.status).toBe(200);
    expect(clamped.headers.get('x-claude-bedrock-changes')).toContain('max_tokens 9000 -> 1024');
    const haiku = { model: 'anthropic.claude-haiku-4-5-20251001-v1:0' };
    expect((await ask(demo, 'a first', haiku)).status).toBe(200);
    expect((await ask(demo, 'a second', haiku)).status).toBe(429);
    expect((await ask(demo, 'a third')).status).toBe(200);
  },
  limit,
);

async function aboveSimulator(
  settings: Record<string, unknown>,
  use: (demo: Demo, simulator: Simulator) => Promise<void>,
) {
  const simulator = await startSimulator({ region: 'us-east-1' });
  const { accessKeyId, secretAccessKey, sessionToken } = simulator.credentials;
  vi.stubEnv('AWS_ACCESS_KEY_ID', accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', secretAccessKey);
  vi.stubEnv('AWS_SESSION_TOKEN', sessionToken);
  try {
    const where = { 'aws.endpoint': simulator.url, 'aws.region': 'us-east-1' };
    await use(await demoWith({ upstream: 'bedrock', ...where, ...settings }), simulator);
  } finally {
    vi.unstubAllEnvs();
    await simulator.close();
  }
}

test.each(['mask', 'block'])(
  'masking.personal = %s holds for what is only counted, too',
  async (action) => {
    const model = 'anthropic.claude-sonnet-4-5-20250929-v1:0';
    const messages = [{ role: 'user', content: 'Write to ana@firma-nord.de.' }];
    await aboveSimulator({ 'masking.personal': action }, async (demo, { requests }) => {
      const response = await fetch(`${demo.baseUrl}/messages/count_tokens`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ model, messages }),
        signal: AbortSignal.timeout(20_000),
      });
      expect(response.status).toBe(action === 'mask' ? 200 : 400);
      if (action === 'mask') expect(response.headers.get('x-claude-bedrock-changes')).toBe('masked EMAIL x1');
      expect(await response.text()).not.toContain('firma-nord');
      const sent = requests
        .filter(({ operation }) => operation === 'CountTokens')
        .map(({ body }) => JSON.stringify(body));
      expect(sent).toHaveLength(action === 'mask' ? 1 : 0);
      for (const body of sent) expect(body).toMatch(/^(?!.*firma-nord).*EMAIL/);
    });
  },
  limit,
);

describe('the very first answer of a process is found again in the cache', () => {
  const send = async (demo: Demo, stream: boolean): Promise<string | null> => {
    const response = await fetch(`${demo.baseUrl}/chat/completions`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ model: 'bedrock-sonnet', stream, messages: [{ role: 'user', content: 'Hello' }] }),
      signal: AbortSignal.timeout(20_000),
    });
    await response.text();
    return response.headers.get('cache-status');
  };

  test.each([false, true])(
    'stream %s, though the identity is still being looked for when it is asked for',
    async (stream) => {
      await aboveSimulator({}, async (demo) => {
        expect(await send(demo, stream)).toBe('claude-bedrock; fwd=miss; stored');
        expect(await send(demo, stream)).toContain('claude-bedrock; hit');
      });
    },
    limit,
  );
});
