import { setTimeout as sleep } from 'node:timers/promises';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { clientGone } from '../../src/base/abort.ts';
import { systemClock } from '../../src/base/clock.ts';
import { ProxyError } from '../../src/base/errors.ts';
import type { Connection } from '../../src/bedrock/connection.ts';
import { createUpstream, eventStream, type UpstreamOptions } from '../../src/bedrock/upstream.ts';
import { collect } from '../../src/converse/collect.ts';
import type { Event } from '../../src/converse/events.ts';
import { retryBudget } from '../../src/policy/retry.ts';
import { withRetry } from '../../src/proxy/with-retry.ts';
import { deadlineMs, patienceMs } from '../deadline.ts';
import { connectTo, plainly, sampleCall } from './sample-call.ts';
import {
  errorFrame,
  eventFrame,
  exceptionFrame,
  hello,
  openStream,
  rawFrame,
  sendFrames,
  stubUpstream,
  within,
} from './stub-upstream.ts';

function upstreamOf(connection: Connection, more: Partial<UpstreamOptions> = {}) {
  return createUpstream({ connection, accommodate: (call) => plainly(call), ...more });
}

type Outcome = { events: Event[]; error: ProxyError | undefined; failedAfter: number };

/** Everything a call gave, and how long after its last event it failed. */
async function run(connection: Connection, more: Partial<UpstreamOptions> = {}, call = sampleCall()): Promise<Outcome> {
  const events: Event[] = [];
  let last = performance.now();
  try {
    for await (const batch of upstreamOf(connection, more)(call)) {
      events.push(...batch);
      last = performance.now();
    }
    return { events, error: undefined, failedAfter: 0 };
  } catch (error) {
    if (!(error instanceof ProxyError)) throw error;
    return { events, error, failedAfter: performance.now() - last };
  }
}

const text = (events: readonly Event[]): string =>
  events.map((event) => (event.type === 'delta' ? event.text : '')).join('');

test('case 98: below our own retry nothing is sent twice: three requests at most reach Bedrock for one call', async () => {
  const stub = await stubUpstream(({ response }) => {
    response.writeHead(503, { 'x-amzn-errortype': 'ServiceUnavailableException' }).end('{"message":"busy"}');
  });
  const clock = { ...systemClock, sleep: async () => {} };
  const layer = withRetry({ clock, random: () => 0, budget: retryBudget(clock) });
  await expect(collect(layer(upstreamOf(connectTo(stub.url)))(sampleCall()))).rejects.toBeInstanceOf(ProxyError);
  expect(stub.asked).toHaveLength(3);
});

test('case 102: credentials that expired are found anew, and the call goes out once more with them', async () => {
  const fresh: boolean[] = [];
  const stub = await stubUpstream(({ response, headers }) => {
    if (headers.authorization?.includes('Credential=NEW/')) return sendFrames(response, hello);
    response.writeHead(403, { 'x-amzn-errortype': 'ExpiredTokenException' });
    response.end('{"message":"The security token included in the request is expired"}');
  });
  const through = (renewed: string) => {
    const connection = connectTo(stub.url, {
      identity: async (options) => {
        fresh.push(options.fresh);
        return { accessKeyId: options.fresh ? renewed : 'OLD', secretAccessKey: 'x' };
      },
    });
    const layer = withRetry({ clock: systemClock, random: () => 0, budget: retryBudget(systemClock) });
    return collect(layer(upstreamOf(connection))(sampleCall()));
  };
  expect((await through('NEW')).blocks).toEqual([{ kind: 'text', text: 'Hello' }]);
  expect([stub.asked.length, fresh]).toEqual([2, [false, true]]);
  await expect(through('OLD')).rejects.toMatchObject({ code: 'sign_in_needed' });
  expect(stub.asked).toHaveLength(4);
});

test('case 87: an ARN is one segment of the path, its slash and colons encoded', async () => {
  const stub = await stubUpstream(({ response }) => sendFrames(response, hello));
  const modelId = 'arn:aws:bedrock:eu-central-1:123456789012:application-inference-profile/abc';
  await collect(upstreamOf(connectTo(stub.url))(sampleCall({ modelId })));
  expect(stub.asked[0]?.path).toBe(
    '/model/arn%3Aaws%3Abedrock%3Aeu-central-1%3A123456789012%3Aapplication-inference-profile%2Fabc/converse-stream',
  );
});

test('a streamed answer: the exact request goes out, and what serves it is known from the start', async () => {
  const stub = await stubUpstream(({ response }) => sendFrames(response, hello));
  const answer = await collect(upstreamOf(connectTo(stub.url))(sampleCall()));
  expect(answer).toEqual({
    served: {
      model: 'eu.example.model-v1:0',
      region: 'eu-central-1',
      upstreamRequestId: 'req-1',
      changes: [
        { what: 'first', why: 'before' },
        { what: 'second', why: 'here' },
      ],
    },
    blocks: [{ kind: 'text', text: 'Hello' }],
    end: {
      stopReason: 'end_turn',
      latencyMs: 4,
      usage: { inputTokens: 1, outputTokens: 2, totalTokens: 3, cacheReadInputTokens: 0, cacheWriteInputTokens: 0 },
    },
  });
  expect(stub.asked[0]).toMatchObject({
    path: '/model/eu.example.model-v1%3A0/converse-stream',
    body: { messages: [{ role: 'user', content: [{ text: 'hi' }] }] },
    headers: {
      accept: 'application/vnd.amazon.eventstream',
      'content-type': 'application/json',
      'content-length': '56',
      'x-amz-security-token': 'session',
      authorization: expect.stringMatching(/^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-central-1\/bedrock\//),
    },
  });
});

test('a model that must not stream is asked for the whole answer, which is streamed all the same', async () => {
  const stub = await stubUpstream(({ response }) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify({ output: { message: { content: [{ text: 'Hi' }] } }, stopReason: 'end_turn', usage: {} }),
    );
  });
  const { events } = await run(connectTo(stub.url), { accommodate: (call) => plainly(call, false) });
  expect(events.map((event) => event.type)).toEqual(['start', 'open', 'delta', 'close', 'end']);
  expect(stub.asked[0]).toMatchObject({
    path: '/model/eu.example.model-v1%3A0/converse',
    headers: { accept: 'application/json' },
  });
});

test('the first event is given out while the rest has still to come', async () => {
  const stub = await stubUpstream(({ response }) => {
    openStream(response);
    response.write(hello[0]);
    response.write(hello[1]);
  });
  const abort = new AbortController();
  const batches = upstreamOf(connectTo(stub.url))(sampleCall({ signal: abort.signal }))[Symbol.asyncIterator]();
  let seen: Event[] = [];
  while (text(seen) !== 'Hel') seen = [...seen, ...((await within(1_000, batches.next())).value ?? [])];
  expect(seen.map((event) => event.type)).toEqual(['start', 'open', 'delta']);
  abort.abort(clientGone());
});

test('what was changed for the model is undone in its events, batch by batch', async () => {
  const stub = await stubUpstream(({ response }) => sendFrames(response, hello));
  const { events } = await run(connectTo(stub.url), {
    accommodate: (call) => ({
      ...plainly(call),
      restore: () => (batch) =>
        batch.map((event) => (event.type === 'delta' ? { ...event, text: event.text.toUpperCase() } : event)),
    }),
  });
  expect(text(events)).toBe('HELLO');
});

/** Ways in which a stream goes wrong behind its first `at` frames, and the error each must become. */
const faults: { name: string; code: string; bytes?: Buffer; end: 'end' | 'reset' | 'stay' }[] = [
  {
    name: 'an exception frame',
    code: 'upstream_limited',
    bytes: exceptionFrame('throttlingException', 'Slow down'),
    end: 'end',
  },
  {
    name: 'an exception frame on an open stream',
    code: 'upstream_rejected',
    bytes: exceptionFrame('modelStreamErrorException', 'x'),
    end: 'stay',
  },
  {
    name: 'an unknown exception',
    code: 'upstream_rejected',
    bytes: exceptionFrame('brandNewException', 'x'),
    end: 'stay',
  },
  { name: 'an error frame', code: 'upstream_unavailable', bytes: errorFrame('InternalFailure', 'inside'), end: 'stay' },
  { name: 'a corrupt frame', code: 'upstream_truncated', bytes: corrupt(), end: 'stay' },
  {
    name: 'a truncated frame',
    code: 'upstream_truncated',
    bytes: hello[1]?.subarray(0, 40) ?? Buffer.alloc(0),
    end: 'end',
  },
  { name: 'an oversized frame', code: 'upstream_truncated', bytes: Buffer.alloc(16, 0xff), end: 'stay' },
  { name: 'a frame of no length', code: 'upstream_truncated', bytes: Buffer.alloc(16), end: 'stay' },
  { name: 'an event that is not JSON', code: 'upstream_truncated', bytes: notJson(), end: 'stay' },
  { name: 'a polite end of the bytes', code: 'upstream_truncated', end: 'end' },
  { name: 'a reset', code: 'upstream_truncated', end: 'reset' },
];

function corrupt(): Buffer {
  const bytes = eventFrame('contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'x' } });
  bytes.writeUInt8(bytes.readUInt8(100) ^ 1, 100);
  return bytes;
}

/** A frame whose sums are right and whose JSON is cut off. */
function notJson(): Buffer {
  const headers = { ':event-type': 'contentBlockDelta', ':message-type': 'event' };
  return rawFrame(headers, '{"delta":');
}

test.each(faults)(
  'cases 90, 92: $name is an error at every position, never a polite end, within 100 ms',
  async ({ code, bytes, end }) => {
    for (let at = 0; at < hello.length; at++) {
      const stub = await stubUpstream(async ({ response }) => {
        openStream(response);
        for (const good of hello.slice(0, at)) response.write(good);
        await sleep(5);
        if (bytes) response.write(bytes);
        if (end === 'end') response.end();
        if (end === 'reset') response.socket?.resetAndDestroy();
      });
      const { events, error, failedAfter } = await within(patienceMs, run(connectTo(stub.url)));
      // A stop reason without metadata is an answer, however the connection ends; a broken frame behind it is none.
      if (at === 5 && !bytes) {
        expect(error).toBeUndefined();
        expect(events.at(-1)?.type).toBe('end');
        continue;
      }
      expect(error).toMatchObject({ code });
      expect(failedAfter).toBeLessThan(deadlineMs);
      expect(text(events)).toBe(['', '', 'Hel', 'Hello', 'Hello', 'Hello'][at]);
      expect(events.some((event) => event.type === 'end')).toBe(false);
    }
  },
);

test('a whole answer’s call keeps an id of 19 digits, as a streamed one does', async () => {
  const stub = await stubUpstream(({ response }) => {
    response.setHeader('content-type', 'application/json');
    response.end(
      '{"output":{"message":{"role":"assistant","content":[{"toolUse":{"toolUseId":"t1","name":"f","input":{"channel":1234567890123456789}}}]}},"stopReason":"tool_use"}',
    );
  });
  const { events, error } = await run(connectTo(stub.url), {}, { ...sampleCall(), stream: false });
  expect(error).toBeUndefined();
  expect(text(events)).toBe('{"channel":1234567890123456789}');
});

test('what stands behind a whole answer takes nothing from it: an exception, a damaged frame, a silence', async () => {
  const behind = [exceptionFrame('throttlingException', 'Slow down'), Buffer.alloc(16, 0xff), Buffer.alloc(0)];
  for (const bytes of behind) {
    const stub = await stubUpstream(({ response }) => {
      openStream(response);
      response.write(Buffer.concat([...hello, bytes]));
    });
    const { events, error } = await within(patienceMs, run(connectTo(stub.url)));
    expect(error).toBeUndefined();
    expect(events.at(-1)).toMatchObject({ type: 'end', end: { usage: { inputTokens: 1, outputTokens: 2 } } });
  }
});

test('a silence behind the stop reason costs the usage and not the answer', async () => {
  const stub = await stubUpstream(({ response }) => {
    openStream(response);
    response.write(Buffer.concat(hello.slice(0, 5)));
  });
  const { events, error } = await within(patienceMs, run(connectTo(stub.url), { idle: { plain: 100 } }));
  expect(error).toBeUndefined();
  expect(events.at(-1)).toEqual({ type: 'end', end: { stopReason: 'end_turn' } });
});

test.each([
  ['gzip', gzipSync],
  ['deflate', deflateSync],
  ['br', brotliCompressSync],
] as const)('a refusal that something on the way compressed with %s is read', async (encoding, compress) => {
  const stub = await stubUpstream(({ response }) => {
    response.writeHead(400, { 'content-encoding': encoding, 'x-amzn-errortype': 'ValidationException' });
    response.end(compress('{"message":"Input is too long for requested model."}'));
  });
  expect((await run(connectTo(stub.url))).error).toMatchObject({ code: 'context_length' });
});

test('an answer in another protocol is a failed connection at once, streamed or whole', async () => {
  const stub = await stubUpstream(({ response }) => {
    response.socket?.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n');
  });
  for (const stream of [true, false]) {
    const { error } = await within(patienceMs, run(connectTo(stub.url), {}, { ...sampleCall(), stream }));
    expect(error).toMatchObject({ code: 'upstream_unavailable' });
  }
});

test('bytes that are no HTTP behind a whole answer take nothing from it, and it is not paid for twice', async () => {
  const answer =
    '{"output":{"message":{"role":"assistant","content":[{"text":"Hello"}]}},"stopReason":"end_turn","usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2}}';
  const frames = Buffer.concat(hello);
  const stub = await stubUpstream(({ path, response }) => {
    const whole = path.endsWith('/converse');
    const [type, body] = whole ? ['application/json', Buffer.from(answer)] : [eventStream, frames];
    const head = `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\ncontent-length: ${body.length}\r\n\r\n`;
    response.socket?.write(Buffer.concat([Buffer.from(head), body, Buffer.from('no HTTP\r\n\r\n')]));
  });
  for (const stream of [true, false]) {
    const { events, error } = await within(patienceMs, run(connectTo(stub.url), {}, { ...sampleCall(), stream }));
    expect(error).toBeUndefined();
    expect(text(events)).toBe('Hello');
  }
  expect(stub.asked).toHaveLength(2);
});

test('a compressed refusal that is damaged has the meaning of its status', async () => {
  const stub = await stubUpstream(({ response }) => {
    response.writeHead(429, { 'content-encoding': 'gzip' });
    response.end('not compressed');
  });
  expect((await run(connectTo(stub.url))).error).toMatchObject({
    code: 'upstream_limited',
    publicMessage: 'Bedrock is limiting this account: HTTP 429.',
  });
});

test('an exception in the first frame comes before any event, so that it can still become a status', async () => {
  const stub = await stubUpstream(({ response }) =>
    sendFrames(response, [exceptionFrame('validationException', 'The provided model identifier is invalid.')]),
  );
  const { events, error } = await run(connectTo(stub.url));
  expect(events).toEqual([]);
  expect(error).toMatchObject({ code: 'unknown_model', facts: { upstreamRequestId: 'req-1' } });
});

test('events in front of an exception in the same read are given out before it is thrown', async () => {
  const stub = await stubUpstream(({ response }) => {
    openStream(response);
    response.end(Buffer.concat([...hello.slice(0, 3), exceptionFrame('internalServerException', 'x')]));
  });
  const { events, error } = await run(connectTo(stub.url));
  expect(text(events)).toBe('Hello');
  expect(error).toMatchObject({ code: 'upstream_unavailable', facts: { retry: 'backoff' } });
});

test('case 93: a half-open connection is noticed, before the head and in mid-answer', async () => {
  const silent = await stubUpstream(() => {});
  const connection = connectTo(silent.url, { timeouts: { firstByte: 50 } });
  expect((await within(patienceMs, run(connection))).error).toMatchObject({ code: 'timeout' });

  const stalled = await stubUpstream(({ response }) => {
    openStream(response);
    response.write(hello[0]);
  });
  const { error, events } = await within(patienceMs, run(connectTo(stalled.url), { idle: { plain: 50 } }));
  expect(events).toHaveLength(1);
  expect(error).toMatchObject({ code: 'timeout', publicMessage: 'Bedrock sent nothing more for 0.1 s.' });
  await within(deadlineMs, stalled.closed());
});

test('case 93: a whole answer that never comes is given up at its own bound, and never asked for again', async () => {
  // A proxy on the way that forwards the request and then nothing more: its sockets stay open and well.
  const silent = await stubUpstream(() => {});
  const connection = connectTo(silent.url, { timeouts: { firstByte: 20, whole: 300 } });
  const begun = performance.now();
  const { error } = await within(patienceMs, run(connection, {}, { ...sampleCall(), stream: false }));
  expect(performance.now() - begun).toBeGreaterThanOrEqual(290);
  expect(error).toMatchObject({ code: 'timeout', facts: { fix: expect.stringContaining('timeouts.whole') } });
  expect(error?.facts.retry).toBeUndefined();
  await within(deadlineMs, silent.closed());
});

test('case 94: a slow but living answer has no total limit, and a thinking model may be silent for longer', async () => {
  const stub = await stubUpstream(async ({ response }) => {
    openStream(response);
    for (const bytes of hello) {
      response.write(bytes);
      await sleep(125);
    }
    response.end();
  });
  const connection = connectTo(stub.url);
  // The whole takes longer than this silence, and each pause less than a quarter of it.
  expect((await run(connection, { idle: { plain: 600 } })).error).toBeUndefined();
  const thinking = await run(connection, { idle: { plain: 20, thinking: 0 } }, sampleCall({ thinking: true }));
  expect(thinking.error).toBeUndefined();
  expect((await run(connection, { idle: { plain: 20 } })).error).toMatchObject({ code: 'timeout' });
});

test('case 101: the client goes before the head, after it, or in mid-answer, and the upstream socket closes within 100 ms', async () => {
  for (const written of [-1, 0, 2]) {
    const stub = await stubUpstream(({ response }) => {
      if (written < 0) return;
      openStream(response);
      for (const bytes of hello.slice(0, written)) response.write(bytes);
    });
    const abort = new AbortController();
    const running = run(connectTo(stub.url), {}, sampleCall({ signal: abort.signal }));
    await expect.poll(() => stub.asked.length).toBe(1);
    await sleep(50);
    abort.abort(clientGone());
    const { error } = await within(deadlineMs, running);
    expect(error).toMatchObject({ code: 'client_gone' });
    await within(deadlineMs, stub.closed());
  }
});

test('a call that was aborted before it began sends nothing', async () => {
  const stub = await stubUpstream(({ response }) => sendFrames(response, hello));
  const { error } = await run(connectTo(stub.url), {}, sampleCall({ signal: AbortSignal.abort(clientGone()) }));
  expect(error).toMatchObject({ code: 'client_gone' });
  expect(stub.asked).toEqual([]);
});

test('leaving the loop closes the upstream socket, so that nobody pays for the rest', async () => {
  const stub = await stubUpstream(({ response }) => {
    openStream(response);
    response.write(hello[0]);
  });
  for await (const batch of upstreamOf(connectTo(stub.url))(sampleCall())) {
    expect(batch).toHaveLength(1);
    break;
  }
  await within(deadlineMs, stub.closed());
});

test('a slow reader holds the upstream back instead of filling the memory', async () => {
  let written = 0;
  const piece = eventFrame('contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'x'.repeat(8_000) } });
  const stub = await stubUpstream(async ({ response }) => {
    openStream(response);
    response.write(hello[0]);
    while (!response.destroyed && written < 60_000_000) {
      written += piece.length;
      if (!response.write(piece))
        await Promise.race([new Promise((resolve) => response.once('drain', resolve)), sleep(3_000)]);
    }
  });
  const before = process.memoryUsage().arrayBuffers;
  const largest: number[] = [];
  for await (const batch of upstreamOf(connectTo(stub.url))(sampleCall())) {
    largest.push(text(batch).length);
    if (largest.length === 2) await sleep(500);
    if (largest.length === 10) break;
  }
  // What the kernel holds for a socket on loopback is beyond our reach; it is a few megabytes, not sixty.
  expect(written).toBeLessThan(20_000_000);
  expect(Math.max(...largest)).toBeLessThan(200_000);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(30_000_000);
});

test('a hundred answers in turn use one connection', async () => {
  const stub = await stubUpstream(({ response }) => sendFrames(response, hello));
  const connection = connectTo(stub.url);
  for (let nth = 0; nth < 100; nth++) expect((await run(connection)).error).toBeUndefined();
  expect(stub.connections()).toBe(1);
  connection.close();
});

test('a refused request is put otherwise once, and its answer is the answer', async () => {
  const stub = await stubUpstream(({ response }, nth) => {
    if (nth === 1) return sendFrames(response, hello);
    response.writeHead(400, { 'x-amzn-errortype': 'ValidationException:http://x', 'content-type': 'application/json' });
    response.end(JSON.stringify({ message: "This model doesn't support the temperature field." }));
  });
  const connection = connectTo(stub.url);
  const repair = { code: '' };
  const { events, error } = await run(connection, {
    repairAfter: (refused, call, tried) => {
      repair.code = refused.code;
      return { ...tried, request: { ...call.request, inferenceConfig: { maxTokens: 1 } } };
    },
  });
  expect(error).toBeUndefined();
  expect(text(events)).toBe('Hello');
  expect(repair.code).toBe('unsupported');
  expect(stub.asked[1]?.body).toMatchObject({ inferenceConfig: { maxTokens: 1 } });
  expect(stub.connections()).toBe(1);
});

test('a repair that is refused too is not repaired again, and throttling is never a case for repair', async () => {
  let asked = 0;
  const refuse = (name: string) =>
    stubUpstream(({ response }) => {
      response.writeHead(400, { 'x-amzn-errortype': name });
      response.end(JSON.stringify({ message: 'no' }));
    });
  const repairAfter: UpstreamOptions['repairAfter'] = (_error, call) => {
    asked++;
    return plainly(call);
  };
  const refused = await refuse('ValidationException');
  expect((await run(connectTo(refused.url), { repairAfter })).error).toMatchObject({ code: 'invalid_request' });
  expect([asked, refused.asked.length]).toEqual([1, 2]);
  const limited = await refuse('ThrottlingException');
  expect((await run(connectTo(limited.url), { repairAfter })).error).toMatchObject({ code: 'upstream_limited' });
  expect([asked, limited.asked.length]).toEqual([1, 1]);
});

test('the wrong endpoint answers 200 with an unknown operation, which is not an answer', async () => {
  const stub = await stubUpstream(({ response }) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end('{"Output":{"__type":"com.amazon.coral.service#UnknownOperationException"},"Version":"1.0"}');
  });
  expect((await run(connectTo(stub.url))).error).toMatchObject({ code: 'internal' });
  const whole = await run(connectTo(stub.url), {}, { ...sampleCall(), stream: false });
  expect(whole.error).toMatchObject({ code: 'internal', facts: { fix: 'claude-bedrock aws validate' } });
});

test('a refusal whose connection is reset behind its head still has its meaning', async () => {
  const stub = await stubUpstream(async ({ response }) => {
    response.writeHead(413, { 'content-length': '100' });
    response.write('half');
    await sleep(20);
    response.socket?.resetAndDestroy();
  });
  expect((await run(connectTo(stub.url))).error).toMatchObject({ code: 'too_large' });
});

test('a client that leaves as soon as it has its answer does not cost the connection', async () => {
  let ended = 0;
  const stub = await stubUpstream(async ({ response }) => {
    openStream(response);
    for (const bytes of hello) response.write(bytes);
    await sleep(20);
    response.end(() => ended++);
  });
  const connection = connectTo(stub.url);
  for (let nth = 1; nth <= 3; nth++) {
    const abort = new AbortController();
    expect((await run(connection, {}, sampleCall({ signal: abort.signal }))).error).toBeUndefined();
    abort.abort(clientGone());
    await expect.poll(() => ended).toBe(nth);
    // The end is on its way through the kernel to this same process.
    await sleep(50);
  }
  expect(stub.connections()).toBe(1);
  connection.close();
});
