import { createServer } from 'node:http';
import { afterEach, expect, test, vi } from 'vitest';
import { ProxyError } from '../../src/base/errors.ts';
import { createCatalogue } from '../../src/bedrock/catalogue.ts';
import { type ControlPlane, createControlPlane } from '../../src/bedrock/control-plane.ts';
import { embeddingModels } from '../../src/bedrock/embedding-models.ts';
import { geographicTwin, withGeography } from '../../src/bedrock/geographic.ts';
import { liveCatalogue, liveEmbeddings } from '../../src/bedrock/live-catalogue.ts';
import type { Call, Upstream } from '../../src/converse/call.ts';
import { collect } from '../../src/converse/collect.ts';
import { replay } from '../../src/converse/replay.ts';
import { startSimulator } from '../../src/demo/bedrock-simulator.ts';
import { anAnswer } from '../proxy/call-fixture.ts';
import { sampleCall } from './sample-call.ts';

const open: { close(): void | Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

const region = 'us-east-1';
const arn = 'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123';
const naming = { region, defaultModel: 'bedrock-sonnet', unknownModels: 'default' as const, aliases: {} };
const shipped = createCatalogue(naming);

async function simulated(now = () => 0) {
  const simulator = await startSimulator({
    region,
    profiles: { [arn]: 'us.anthropic.claude-haiku-4-5-20251001-v1:0' },
  });
  open.push(simulator);
  const failures: unknown[] = [];
  const plane = createControlPlane({
    region,
    identity: async () => simulator.credentials,
    endpoint: simulator.url,
    env: {},
    clock: { now },
    onFailure: (error) => failures.push(error),
  });
  return { plane, failures };
}

test('the account’s own lists decide what is offered: legacy models are out, newer ones in', async () => {
  const { plane, failures } = await simulated();
  const ids = (await liveCatalogue(shipped, plane, { region }).list()).map(({ id }) => id);
  expect(failures).toEqual([]);
  expect(ids[0]).toBe('anthropic.claude-sonnet-5');
  expect(ids).not.toContain('anthropic.claude-3-haiku-20240307-v1:0');
  expect(ids).not.toContain('anthropic.claude-opus-4-8');
  expect(ids).toEqual(expect.arrayContaining(['anthropic.claude-sonnet-5-5', 'zai.glm-4.6']));
});

test('a profile that is not there is no failure of the lists: its call tells it', async () => {
  const { plane, failures } = await simulated();
  expect(await plane.baseModel(`${arn}-not-there`)).toBeUndefined();
  expect(failures).toEqual([]);
});

test('embedding models are listed as far as the account has them, and are no chat models', async () => {
  const { plane } = await simulated();
  const known = embeddingModels({ ...naming, defaultModel: 'bedrock-embed' });
  const ids = (await liveEmbeddings(known, plane).list()).map(({ id }) => id);
  expect(ids).toContain('amazon.titan-embed-text-v2:0');
  expect(ids).not.toContain('amazon.titan-embed-text-v1');
  const chat = (await liveCatalogue(shipped, plane, { region }).list()).map(({ id }) => id);
  expect(chat.filter((id) => ids.includes(id))).toEqual([]);
  const forbidden = { models: async () => undefined };
  expect(await liveEmbeddings(known, forbidden).list()).toEqual(known.list());
});

test('the lists are asked for once in a quarter of an hour', async () => {
  let now = 0;
  const { plane } = await simulated(() => now);
  const [first, shared] = await Promise.all([plane.models(), plane.models()]);
  expect(shared).toBe(first);
  now = 14 * 60_000;
  expect(await plane.models()).toBe(first);
  now = 16 * 60_000;
  expect(await plane.models()).not.toBe(first);
});

test('case 87: an application inference profile is resolved to its base model, and dialled as it is', async () => {
  const { plane } = await simulated();
  const target = await liveCatalogue(shipped, plane, { region }).resolve(arn);
  expect(target.modelId).toBe(arn);
  expect(target.info.id).toBe('anthropic.claude-haiku-4-5-20251001-v1:0');
  expect(target.info.capabilities.countTokens).toBe(true);
});

test('an IAM policy that forbids the lists leaves the shipped catalogue, and is told once', async () => {
  const server = createServer((_, response) => {
    response.writeHead(403, { 'x-amzn-errortype': 'AccessDeniedException', 'content-type': 'application/json' });
    response.end('{"message":"not authorized to perform: bedrock:ListFoundationModels"}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push({ close: () => void server.close() });
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const onFailure = vi.fn();
  const identity = async () => ({ accessKeyId: 'A', secretAccessKey: 'B' });
  const clock = { now: () => 0 };
  const plane = createControlPlane({
    region,
    identity,
    endpoint: `http://127.0.0.1:${port}`,
    env: {},
    clock,
    onFailure,
  });
  const catalogue = liveCatalogue(shipped, plane, { region });
  expect(await catalogue.list()).toEqual(shipped.list());
  await catalogue.list();
  const target = await catalogue.resolve(arn);
  expect(target.modelId).toBe(arn);
  expect(onFailure).toHaveBeenCalledTimes(1);
});

test('a model that is newer than the catalogue is dialled through the profile that the account has', async () => {
  const lists = {
    models: new Map([['newmaker.model-x', { name: 'Model X', provider: 'newmaker', onDemand: false, images: true }]]),
    embeddings: new Set<string>(),
    profiles: new Map([['newmaker.model-x', ['global', 'us']]]),
  };
  const plane: ControlPlane = { known: () => lists, models: async () => lists, baseModel: async () => undefined };
  const strict = createCatalogue({ ...naming, unknownModels: 'refuse' });
  for (const catalogue of [liveCatalogue(shipped, plane, { region }), liveCatalogue(strict, plane, { region })]) {
    const target = await catalogue.resolve('newmaker.model-x');
    expect(target).toMatchObject({ modelId: 'us.newmaker.model-x', known: true });
    expect(target.info.capabilities.images).toBe(true);
  }
});

test('case 85: a global profile that a policy forbids gives way to the geographic one, at once from then on, and says so', async () => {
  const asked: string[] = [];
  const upstream: Upstream = async function* (call) {
    asked.push(call.target.modelId);
    if (call.target.modelId.startsWith('global.')) {
      throw new ProxyError('forbidden', 'explicit deny in a service control policy, Region ap-south-2');
    }
    const answer = anAnswer();
    yield replay({ ...answer, served: { ...answer.served, changes: [...call.changes] } });
  };
  const target = await createCatalogue({ ...naming, preferGlobal: true }).resolve('bedrock-sonnet');
  const call: Call = { ...sampleCall(), target };
  const cured = withGeography(upstream, geographicTwin);
  const first = await collect(cured(call));
  await collect(cured(call));
  expect(asked).toEqual([target.modelId, 'us.anthropic.claude-sonnet-5', 'us.anthropic.claude-sonnet-5']);
  expect(first.served.changes.map(({ what }) => what)).toContain('us.anthropic.claude-sonnet-5 instead of global');
});
