import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { json } from 'node:stream/consumers';
import { afterEach, expect, test, vi } from 'vitest';
import { traceTarget } from '../../src/config/otel.ts';
import { spanOf } from '../../src/observe/span.ts';
import { createTraces } from '../../src/observe/traces.ts';
import { patienceMs } from '../deadline.ts';
import { processorMs } from '../processor-time.ts';
import { headers, startDemo } from '../sdk/running-demo.ts';
import { sampleRecord } from './sample-record.ts';

const record = sampleRecord({
  at: 1_795_000_000_000,
  firstEventMs: 12.4,
  durationMs: 120.25,
  stopReason: 'end_turn',
  usage: { inputTokens: 100, outputTokens: 20, totalTokens: 131, cacheReadInputTokens: 5, cacheWriteInputTokens: 6 },
});
const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
const parent = '00f067aa0ba902b7';

type Posted = {
  url: string | undefined;
  headers: IncomingMessage['headers'];
  spans: ReturnType<typeof spanOf>[];
  resource: unknown;
};
type Collector = { url: string; posts: Posted[]; status: number; server: Server };

const open: Server[] = [];
afterEach(() => {
  vi.unstubAllEnvs();
  for (const server of open.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function collector(status = 200): Promise<Collector> {
  const posts: Posted[] = [];
  const at: Collector = { url: '', posts, status, server: createServer() };
  at.server.on('request', async (request, response) => {
    // The collector is the test's own and reads what the exporter writes.
    const body = (await json(request)) as {
      resourceSpans: [{ resource: unknown; scopeSpans: [{ spans: Posted['spans'] }] }];
    };
    const [{ resource, scopeSpans }] = body.resourceSpans;
    posts.push({ url: request.url, headers: request.headers, spans: scopeSpans[0].spans, resource });
    response.writeHead(at.status).end('{}');
  });
  at.server.listen(0, '127.0.0.1');
  await once(at.server, 'listening');
  open.push(at.server);
  const address = at.server.address();
  at.url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  return at;
}

test('a span has the names of the GenAI conventions, whole times, and nothing that was said', () => {
  const span = spanOf(record);
  expect(span).toMatchObject({
    name: 'chat anthropic.claude-sonnet-5',
    kind: 3,
    startTimeUnixNano: '1795000000000000000',
    endTimeUnixNano: '1795000000120250000',
    status: {},
  });
  expect(span).not.toHaveProperty('parentSpanId');
  expect(span?.traceId).toMatch(/^[\da-f]{32}$/);
  for (const attribute of [
    { key: 'gen_ai.provider.name', value: { stringValue: 'aws.bedrock' } },
    { key: 'gen_ai.request.model', value: { stringValue: 'bedrock-sonnet' } },
    { key: 'gen_ai.response.model', value: { stringValue: 'eu.anthropic.claude-sonnet-5' } },
    { key: 'gen_ai.usage.input_tokens', value: { intValue: '111' } },
    { key: 'gen_ai.response.finish_reasons', value: { arrayValue: { values: [{ stringValue: 'end_turn' }] } } },
  ]) {
    expect(span?.attributes).toContainEqual(attribute);
  }
  const failed = spanOf({ ...record, outcome: 'failed', error: { code: 'upstream_limited', detail: 'words of AWS' } });
  expect(failed?.status).toEqual({ code: 2, message: 'upstream_limited' });
  expect(JSON.stringify(failed)).not.toContain('words of AWS');
});

test('the client’s traceparent is the parent; one that is not sampled, or no traceparent at all, is not', () => {
  expect(spanOf({ ...record, traceparent: `00-${trace}-${parent}-01` })).toMatchObject({
    traceId: trace,
    parentSpanId: parent,
  });
  expect(spanOf({ ...record, traceparent: `00-${trace}-${parent}-00` })).toBeUndefined();
  for (const wrong of [
    '',
    'x',
    `ff-${trace}-${parent}-01`,
    `00-${'0'.repeat(32)}-${parent}-01`,
    `00-${trace}-${parent}`,
  ])
    expect(spanOf({ ...record, traceparent: wrong })).not.toHaveProperty('parentSpanId');
});

test('the variables of OpenTelemetry say where, with which headers, under which name; without them there are no traces', () => {
  expect(traceTarget({})).toBeUndefined();
  expect(traceTarget({ OTEL_EXPORTER_OTLP_ENDPOINT: 'nowhere' })).toBeUndefined();
  expect(traceTarget({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318', OTEL_SDK_DISABLED: 'true' })).toBeUndefined();
  expect(
    traceTarget({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318/',
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Basic%20abc, x-team=web,broken',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
    }),
  ).toEqual({
    url: 'http://c:4318/v1/traces',
    headers: { authorization: 'Basic abc', 'x-team': 'web' },
    resource: { 'deployment.environment.name': 'test', 'service.name': 'claude-bedrock' },
  });
  expect(traceTarget({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://c/own', OTEL_SERVICE_NAME: 'proxy' })).toMatchObject(
    { url: 'http://c/own', resource: { 'service.name': 'proxy' } },
  );
});

test('spans leave together; a full queue drops, a collector that refuses is told of once', async () => {
  const at = await collector(503);
  const errors: string[] = [];
  const onError = ({ message }: Error) => errors.push(message);
  const traces = createTraces({ url: at.url, headers: {}, resource: {}, version: '1', onError, everyMs: 1 });
  for (let n = 0; n < 5_000; n++) traces.add(record);
  await expect.poll(() => at.posts.length).toBeGreaterThanOrEqual(3);
  expect(errors).toEqual(['the collector of traces answered 503']);
  at.status = 200;
  await traces.close();
  const sent = at.posts.map(({ spans }) => spans.length);
  expect(Math.max(...sent)).toBe(512);
  // The queue, and the one batch that was under way when it was full.
  expect(sent.reduce((sum, spans) => sum + spans, 0)).toBeLessThanOrEqual(2_048 + 512);
});

test('a collector that is silent holds nobody up: neither a call nor the end', async () => {
  const mute = createServer().listen(0, '127.0.0.1');
  await once(mute, 'listening');
  open.push(mute);
  const address = mute.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  const traces = createTraces({ url, headers: {}, resource: {}, version: '1', onError: () => {} });
  const ms = processorMs(() => {
    for (let n = 0; n < 1_000; n++) traces.add(record);
  });
  expect(ms).toBeLessThan(500);
  const from = performance.now();
  await traces.close();
  expect(performance.now() - from).toBeLessThan(patienceMs);
});

test('through the running program: a call with a traceparent becomes a span of that trace', {
  timeout: 30_000,
}, async () => {
  const at = await collector();
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', at.url);
  vi.stubEnv('OTEL_EXPORTER_OTLP_HEADERS', 'x-token=abc');
  vi.stubEnv('OTEL_SERVICE_NAME', 'my-proxy');
  const demo = await startDemo();
  try {
    const response = await fetch(`${demo.baseUrl}/chat/completions`, {
      method: 'POST',
      headers: { ...headers, traceparent: `00-${trace}-${parent}-01` },
      body: JSON.stringify({ model: 'bedrock-sonnet', messages: [{ role: 'user', content: 'words of mine' }] }),
      signal: AbortSignal.timeout(20_000),
    });
    expect(response.status).toBe(200);
    await response.text();
  } finally {
    await demo.close();
  }
  const [post] = at.posts;
  expect(post).toMatchObject({ url: '/v1/traces', headers: { 'x-token': 'abc', 'content-type': 'application/json' } });
  expect(post?.spans).toMatchObject([{ traceId: trace, parentSpanId: parent }]);
  expect(JSON.stringify(post?.resource)).toContain('my-proxy');
  expect(JSON.stringify(at.posts)).not.toContain('words of mine');
});

test('a cost is a fraction also when it is nothing: a store that took it for a whole number would cut those that follow', () => {
  const costs = [0, 0.25].map((usd) => spanOf({ ...record, cost: { usd, savedUsd: 0 } })?.attributes);
  expect(costs[0]).toContainEqual({ key: 'claude_bedrock.cost_usd', value: { doubleValue: 0 } });
  expect(costs[1]).toContainEqual({ key: 'claude_bedrock.cost_usd', value: { doubleValue: 0.25 } });
});

test('a collector that is not there is told of with the reason, not as "fetch failed"', async () => {
  const told: string[] = [];
  const gone = await collector();
  gone.server.close();
  await once(gone.server, 'close');
  const traces = createTraces({
    ...{ url: `${gone.url}/v1/traces`, headers: {}, resource: {}, version: '1' },
    onError: ({ message }) => told.push(message),
  });
  traces.add(record);
  await traces.close();
  expect(told).toEqual([expect.stringMatching(/^the collector of traces does not answer: .*ECONNREFUSED/)]);
});
