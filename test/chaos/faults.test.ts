import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Secret } from '../../src/base/secret.ts';
import { compose } from '../../src/compose.ts';
import { loadSettings } from '../../src/config/load.ts';
import { type Simulator, startSimulator } from '../../src/demo/bedrock-simulator.ts';
import type { StreamEvent } from '../../src/demo/frames.ts';
import type { Step } from '../../src/demo/step.ts';
import { patienceMs } from '../deadline.ts';

/* Every fault of the upstream × every place in its answer × every wire format, through the whole program. */

const apiKey = 'sk-cb-chaos-test';

/** One program waits this long for a silent upstream, the other a minute: whatever waits there for the silence to end is late. */
const silenceSeconds = { impatient: 1, patient: 60 };
type Patience = keyof typeof silenceSeconds;

/** One text and one tool call, as Bedrock streams them. */
const answer: readonly StreamEvent[] = [
  { messageStart: { role: 'assistant' } },
  { contentBlockDelta: { contentBlockIndex: 0, delta: { text: 'Let me ' } } },
  { contentBlockDelta: { contentBlockIndex: 0, delta: { text: 'look.' } } },
  { contentBlockStop: { contentBlockIndex: 0 } },
  { contentBlockStart: { contentBlockIndex: 1, start: { toolUse: { toolUseId: 'tooluse_1', name: 'look' } } } },
  { contentBlockDelta: { contentBlockIndex: 1, delta: { toolUse: { input: '{"at":"it"}' } } } },
  { contentBlockStop: { contentBlockIndex: 1 } },
  { messageStop: { stopReason: 'tool_use' } },
];

/** What a fault does instead of the event at its place, or behind the last. */
const faults: Record<string, (event: StreamEvent) => Step> = {
  'a corrupt frame': (event) => ({ do: 'corrupt', event }),
  'a truncated frame': (event) => ({ do: 'truncate', event }),
  'an end without messageStop': () => ({ do: 'bytes', bytes: new Uint8Array() }),
  'bytes that are no frame': () => ({ do: 'bytes', bytes: Buffer.from('HTTP/1.1 500 Oh no\r\n\r\n') }),
  'an oversized frame': () => ({ do: 'bytes', bytes: Buffer.from([0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0]) }),
  'an exception': () => ({ do: 'exception', name: 'modelStreamErrorException', message: 'The model broke.' }),
  'a throttling exception': () => ({ do: 'exception', name: 'throttlingException', message: 'Too many requests.' }),
  'an error frame': () => ({ do: 'error', code: 'InternalFailure', message: 'Something broke.' }),
  'a reset': () => ({ do: 'reset' }),
  'a closed socket': () => ({ do: 'close' }),
  'a silence': () => ({ do: 'hang' }),
};

const tool = { type: 'object', properties: { at: { type: 'string' } } };
/** The question names its script: so all places of a fault are tried at once. */
const question = (id: string) => [{ role: 'user', content: id }];

type Format = { path: string; body(id: string): Record<string, unknown>; failed: RegExp; polite: RegExp };

/** How each format fails in mid-stream, and what stands only at the end of an answer that is whole. */
const formats: Record<string, Format> = {
  chat: {
    path: '/chat/completions',
    body: (id) => ({
      messages: question(id),
      tools: [{ type: 'function', function: { name: 'look', parameters: tool } }],
    }),
    failed: /data: \{"error":\{"message":"[^"]+/,
    polite: /\[DONE\]|"finish_reason":"/,
  },
  responses: {
    path: '/responses',
    body: (id) => ({
      input: question(id),
      tools: [{ type: 'function', name: 'look', parameters: tool, strict: false }],
    }),
    failed: /event: response\.failed\ndata: \{"type":"response\.failed"/,
    polite: /event: response\.(completed|incomplete)/,
  },
  messages: {
    path: '/messages',
    body: (id) => ({ max_tokens: 1000, messages: question(id), tools: [{ name: 'look', input_schema: tool }] }),
    failed: /event: error\ndata: \{"type":"error","error":\{"type":"[a-z_]+","message":"[^"]+/,
    polite: /event: message_(stop|delta)/,
  },
};

type Program = { url: string; close(): Promise<void> };

let simulator: Simulator;
let programs: Record<Patience, Program>;
const scripts = new Map<string, readonly Step[]>();

beforeAll(async () => {
  simulator = await startSimulator({
    paceMs: 0,
    script: ({ body }) => scripts.get(/script-\d+/.exec(JSON.stringify(body))?.[0] ?? ''),
  });
  const { accessKeyId, secretAccessKey } = simulator.credentials;
  // The AWS SDK's chain reads the process's own environment, whenever it needs credentials.
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_REGION: simulator.region,
    AWS_ENDPOINT_URL_BEDROCK_RUNTIME: simulator.url,
  });
  programs = { impatient: await start('impatient'), patient: await start('patient') };
});
afterAll(async () => {
  await Promise.all(Object.values(programs).map((program) => program.close()));
  await simulator.close();
});

async function start(patience: Patience): Promise<Program> {
  const seconds = silenceSeconds[patience];
  const wishes = {
    'listen.port': 0,
    'log.level': 'silent',
    'timeouts.silence': seconds,
    'timeouts.firstByte': seconds,
  };
  const result = await loadSettings({
    env: process.env,
    paths: { configFile: '/nowhere/config.toml', state: '/nowhere' },
    flags: Object.fromEntries(Object.entries(wishes).map(([path, value]) => [path, { name: path, value }])),
  });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  const program = compose({ settings: result.loaded.settings, apiKey: new Secret(apiKey), version: '0.0.0' });
  return { url: (await program.listen()).url, close: () => program.close('test over') };
}

/** Asks once and gives the status, the text, and how long the whole took. */
async function ask(
  { path, body }: Format,
  steps: readonly Step[],
  patience: Patience,
): Promise<{ status: number; text: string; ms: number }> {
  const id = `script-${scripts.size}`;
  scripts.set(id, steps);
  const startedAt = performance.now();
  const outgoing = request(`${programs[patience].url}/v1${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json', 'cache-control': 'no-store' },
    signal: AbortSignal.timeout(30_000),
  });
  outgoing.end(JSON.stringify({ model: 'bedrock-haiku', stream: true, ...body(id) }));
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  let text = '';
  // Where the body breaks off, what came before counts, which `fetch` would drop.
  response.setEncoding('utf8').on('data', (piece) => {
    text += piece;
  });
  response.on('error', () => {});
  await new Promise((closed) => response.once('close', closed));
  return { status: response.statusCode ?? 0, text, ms: performance.now() - startedAt };
}

/* Most of the time is spent on pauses between two tries: several wait at once. */
describe.each(Object.entries(formats))('%s', { concurrent: true }, (_, format) => {
  test('without a fault the answer is whole', async () => {
    const { status, text } = await ask(format, [{ do: 'events', events: answer }], 'patient');
    expect(status).toBe(200);
    expect(text).toMatch(format.polite);
    expect(text).not.toMatch(format.failed);
  });

  test.each(Object.entries(faults))(
    '%s, wherever it strikes, is an error and never a polite end',
    async (name, fault) => {
      const patience = name === 'a silence' ? 'impatient' : 'patient';
      const strike = async (event: StreamEvent, at: number): Promise<void> => {
        const before = answer.slice(0, at);
        const steps = at === 0 ? [fault(event)] : [{ do: 'events', events: before } as const, fault(event)];
        const { status, text, ms } = await ask(format, steps, patience);
        const where = `${name} at ${at}: ${status} ${text.slice(-300)}`;
        if (status === 200) expect(text, where).toMatch(format.failed);
        else {
          expect(status, where).toBeGreaterThanOrEqual(400);
          expect(JSON.parse(text), where).toMatchObject({ error: { message: expect.any(String) } });
        }
        expect(text, where).not.toMatch(format.polite);
        // Before the first text (messageStart alone says nothing) a fault is tried again, so only later ones must show at once.
        if (at > 1) expect(ms, where).toBeLessThan(patienceMs);
      };
      // A throttled call that has said nothing waits for its next try, longer than a test would.
      const from = name === 'a throttling exception' ? 2 : 0;
      await Promise.all(answer.slice(from).map((event, at) => strike(event, from + at)));
    },
    60_000,
  );
});
