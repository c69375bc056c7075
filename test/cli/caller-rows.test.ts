import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { callerRows } from '../../src/cli/caller-rows.ts';

/** STS whose clock differs from ours by so many seconds. */
async function stsAt(offSeconds: number, refuses: boolean): Promise<void> {
  const server = createServer((_, response) => {
    response.sendDate = false;
    response.setHeader('date', new Date(Date.now() - offSeconds * 1_000).toUTCString());
    const who = '<Arn>arn:aws:sts::111111111111:assumed-role/Dev/ana</Arn><Account>111111111111</Account>';
    response.writeHead(refuses ? 403 : 200).end(refuses ? '<Code>SignatureDoesNotMatch</Code>' : who);
  }).listen(0, '127.0.0.1');
  await new Promise((listening) => server.once('listening', listening));
  onTestFinished(() => void server.close());
  // It listens on TCP, so the address is no path.
  vi.stubEnv('AWS_ENDPOINT_URL_STS', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

test.each([
  [2, false, 'identity ok, clock ok'],
  [-90, false, 'identity ok, clock warn'],
  [90, true, 'identity fail, clock warn'],
  [-300, true, 'clock fail, identity fail'],
  [300, false, 'clock fail, identity ok'],
])(
  'a clock %i s off, refused: %s: %s, and a clock that explains the refusal comes first',
  async (off, refuses, told) => {
    await stsAt(off, refuses);
    const rows = await callerRows({ accessKeyId: 'AKID', secretAccessKey: 'hidden' }, 'eu-central-1');
    expect(rows.map(({ name, state }) => `${name} ${state}`).join(', ')).toBe(told);
  },
);

test('a Bedrock API key tells nobody’s name, and no call is made', async () => {
  vi.stubEnv('AWS_ENDPOINT_URL_STS', 'http://127.0.0.1:1');
  expect(await callerRows({ token: 'ABSK-example' }, 'eu-central-1')).toMatchObject([
    { name: 'identity', state: 'info' },
  ]);
});
