import { ConverseCommand, ConverseStreamCommand } from '@aws-sdk/client-bedrock-runtime';
import { expect, test } from 'vitest';
import { chunkMark, type Load } from '../../src/demo/load.ts';
import { drain, plainModel, said, sdk, simulator } from './simulator-client.ts';

const textsOf = async (load: Load) => {
  const answer = await sdk(await simulator({ load })).send(
    new ConverseStreamCommand({ modelId: plainModel, ...said('x') }),
  );
  const events = await drain(answer.stream);
  expect(events.at(-1)).toHaveProperty('metadata');
  return events.flatMap((event) => event.contentBlockDelta?.delta?.text ?? []);
};

test.each([1, 31, 32, 33, 100])('flat out, %i chunks are %i frames that the SDK reads', async (chunks) => {
  const texts = await textsOf({ chunks, delayMs: 0, bytesPerChunk: 40 });
  expect(texts).toHaveLength(chunks);
  expect(texts.every((text) => text.length === 40 && text.startsWith(chunkMark))).toBe(true);
});

test('paced chunks carry the time of their sending', async () => {
  const before = process.hrtime.bigint() / 1000n;
  const texts = await textsOf({ chunks: 3, delayMs: 5, bytesPerChunk: 40 });
  const times = texts.map((text) => BigInt(text.slice(chunkMark.length, chunkMark.length + 14)));
  expect(times).toHaveLength(3);
  expect(times.every((time, at) => time >= (times[at - 1] ?? before))).toBe(true);
});

test('a load can be asked for per request, and a whole answer is one JSON', async () => {
  let load: Load | undefined = { chunks: 1, delayMs: 0, bytesPerChunk: 8 };
  const client = sdk(await simulator({ load: () => load }));
  const ask = async () =>
    (await client.send(new ConverseCommand({ modelId: plainModel, ...said('x') }))).output?.message?.content?.[0]?.text;
  expect(await ask()).toBe(`${chunkMark}xxxxxxxx`);
  load = undefined;
  expect(await ask()).toContain('demo model');
});
