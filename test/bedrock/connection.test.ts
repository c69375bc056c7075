import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { type Connection, createConnection, type Post } from '../../src/bedrock/connection.ts';
import type { Identity } from '../../src/bedrock/identity.ts';
import { sdkRoute } from '../../src/bedrock/sdk-route.ts';
import { createUpstream } from '../../src/bedrock/upstream.ts';
import { collect } from '../../src/converse/collect.ts';
import { createScrubber } from '../../src/observe/scrub.ts';
import { deadlineMs, patienceMs } from '../deadline.ts';
import { tempFolder } from '../temp-folder.ts';
import { connectProxy } from './connect-proxy.ts';
import { connectTo, keys, plainly, sampleCall } from './sample-call.ts';
import { hello, sendFrames, stubUpstream, within } from './stub-upstream.ts';

/** No AWS setting of the machine that runs the tests is seen. */
beforeEach(() => {
  for (const name of Object.keys(process.env)) if (/^AWS_|_proxy$/i.test(name)) vi.stubEnv(name, undefined);
  const home = tempFolder('claude-bedrock-');
  vi.stubEnv('HOME', home);
  vi.stubEnv('AWS_CONFIG_FILE', join(home, 'config'));
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(home, 'credentials'));
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
});

const post = (more: Partial<Post> = {}): Post => ({
  region: undefined,
  model: 'm',
  path: '/model/m/converse-stream',
  accept: '*/*',
  body: '{}',
  idleMs: 1_000,
  signal: AbortSignal.timeout(patienceMs),
  ...more,
});

const ask = (connection: Connection) =>
  collect(createUpstream({ connection, accommodate: (call) => plainly(call) })(sampleCall()));

test("the AWS SDK's own settings give Region, endpoint and identity", async () => {
  vi.stubEnv('AWS_REGION', 'eu-west-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKID');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'hidden');
  vi.stubEnv('AWS_SESSION_TOKEN', 'session');
  const route = await sdkRoute({ env: process.env });
  expect(route.endpoint.href).toBe('https://bedrock-runtime.eu-west-1.amazonaws.com/');
  expect(route).toMatchObject({
    region: 'eu-west-1',
    identity: { accessKeyId: 'AKID', secretAccessKey: 'hidden', sessionToken: 'session' },
  });
});

test('FIPS, dual stack, another Region and an own endpoint are honoured', async () => {
  const identity = keys;
  const endpointOf = async (more: Partial<Parameters<typeof sdkRoute>[0]> = {}) =>
    (await sdkRoute({ region: 'us-east-1', identity, env: {}, ...more })).endpoint.href;
  vi.stubEnv('AWS_USE_FIPS_ENDPOINT', 'true');
  expect(await endpointOf()).toBe('https://bedrock-runtime-fips.us-east-1.amazonaws.com/');
  vi.stubEnv('AWS_USE_FIPS_ENDPOINT', undefined);
  vi.stubEnv('AWS_USE_DUALSTACK_ENDPOINT', 'true');
  expect(await endpointOf()).toBe('https://bedrock-runtime.us-east-1.api.aws/');
  vi.stubEnv('AWS_USE_DUALSTACK_ENDPOINT', undefined);
  expect(await endpointOf({ region: 'cn-north-1' })).toBe('https://bedrock-runtime.cn-north-1.amazonaws.com.cn/');
  vi.stubEnv('AWS_ENDPOINT_URL_BEDROCK_RUNTIME', 'http://127.0.0.1:9/prefix/');
  expect(await endpointOf()).toBe('http://127.0.0.1:9/prefix/');
  expect(await endpointOf({ endpoint: 'http://127.0.0.1:8' })).toBe('http://127.0.0.1:8/');
});

test('AWS_BEARER_TOKEN_BEDROCK is used, an explicit identity beats it, and keys never get a session token of the environment (case 102)', async () => {
  vi.stubEnv('AWS_BEARER_TOKEN_BEDROCK', 'from-env');
  vi.stubEnv('AWS_SESSION_TOKEN', 'of someone else');
  const identityOf = async (identity?: Identity) =>
    (await sdkRoute({ region: 'us-east-1', identity, env: {} })).identity;
  expect(await identityOf()).toEqual({ token: 'from-env' });
  expect(await identityOf({ accessKeyId: 'A', secretAccessKey: 'B' })).toEqual({
    accessKeyId: 'A',
    secretAccessKey: 'B',
  });
  expect(await identityOf({ token: 'explicit' })).toEqual({ token: 'explicit' });
});

test.each(['bedrock', 'bedrock-mantle'] as const)(
  'a company’s token for its gateway never goes to AWS itself (%s), and the person reads what to set',
  async (service) => {
    const settings = { region: 'eu-west-1', env: {}, clock: systemClock };
    const identity = async () => ({ token: 'canary-company', forGateway: true as const });
    const connection = createConnection({ ...settings, identity });
    await expect(connection.post(post({ service }))).rejects.toMatchObject({
      code: 'sign_in_needed',
      publicMessage: expect.stringMatching(/not sent to AWS/),
      facts: { fix: expect.stringContaining('aws.endpoint') },
    });
    const { url, asked } = await stubUpstream(({ response }) => response.end('{}'));
    const named = createConnection({ ...settings, identity, endpoint: url, mantleEndpoint: url });
    await named.post(post({ service }));
    expect(asked).toMatchObject([{ headers: { authorization: 'Bearer canary-company' } }]);
  },
);

test('a token that the upstream quotes in its error does not reach the client, in clear or encoded', async () => {
  const token = 'canarygateway0123456789';
  const scrubber = createScrubber();
  scrubber.know(token);
  const stub = await stubUpstream(({ response }) => {
    const quoted = `no ${token}, ${encodeURIComponent(token)} nor ${Buffer.from(token).toString('base64')}`;
    response.writeHead(400, { 'x-amzn-errortype': 'ValidationException' }).end(JSON.stringify({ message: quoted }));
  });
  const identity = async () => ({ token, forGateway: true as const });
  await expect(ask(connectTo(stub.url, { identity, scrub: scrubber.scrub }))).rejects.toMatchObject({
    publicMessage: 'Bedrock refused the request: no [secret], [secret] nor [secret].',
  });
});

test('a profile is read anew each time, because people sign in while this runs', async () => {
  const file = process.env['AWS_SHARED_CREDENTIALS_FILE'] ?? '';
  const idOf = async () => (await sdkRoute({ region: 'us-east-1', profile: 'work', env: {} })).identity;
  for (const id of ['FIRST', 'SECOND']) {
    writeFileSync(file, `[work]\naws_access_key_id = ${id}\naws_secret_access_key = x\n`);
    expect(await idOf()).toMatchObject({ accessKeyId: id });
  }
});

test('without credentials, or without a Region, the error names the command that helps', async () => {
  const connection = (more: { region?: string; profile?: string }) =>
    createConnection({ env: {}, clock: systemClock, ...more });
  await expect(connection({ region: 'us-east-1', profile: 'work' }).post(post())).rejects.toMatchObject({
    code: 'sign_in_needed',
    facts: { fix: 'aws sso login --profile work' },
  });
  await expect(connection({}).region()).rejects.toMatchObject({ facts: { fix: 'claude-bedrock aws setup' } });
  await connection({}).warm();
});

test('a path in the endpoint is kept, and its trailing slash does not double', async () => {
  const stub = await stubUpstream(({ response }) => sendFrames(response, hello));
  for (const prefix of ['', '/', '/gateway/aws', '/gateway/aws/']) {
    await ask(connectTo(stub.url + prefix));
    expect(stub.asked.at(-1)?.path).toBe(`${prefix.replace(/\/$/, '')}/model/eu.example.model-v1%3A0/converse-stream`);
  }
});

test('a Bedrock API key goes out as bearer, unsigned', async () => {
  const stub = await stubUpstream(({ response }) => sendFrames(response, hello));
  await ask(connectTo(stub.url, { identity: async () => ({ token: 'ABSK-example' }) }));
  expect(stub.asked[0]?.headers).toMatchObject({ authorization: 'Bearer ABSK-example' });
  expect(stub.asked[0]?.headers).not.toHaveProperty('x-amz-date');
});

test('case 102: refused credentials are found anew once for the next call, by however many calls they were refused', async () => {
  const fresh: boolean[] = [];
  const stub = await stubUpstream(({ response, headers }) => {
    if (headers.authorization?.includes('Credential=NEW/')) return sendFrames(response, hello);
    response.writeHead(403, { 'x-amzn-errortype': 'ExpiredTokenException' });
    response.end('{"message":"The security token included in the request is expired"}');
  });
  const connection = connectTo(stub.url, {
    identity: async (options) => {
      fresh.push(options.fresh);
      return { accessKeyId: options.fresh ? 'NEW' : 'OLD', secretAccessKey: 'x' };
    },
  });
  const refused = await Promise.allSettled([ask(connection), ask(connection), ask(connection)]);
  for (const one of refused)
    expect(one).toMatchObject({ status: 'rejected', reason: { code: 'sign_in_needed', facts: { retry: 'resign' } } });
  await Promise.all([ask(connection), ask(connection), ask(connection)]);
  await ask(connection);
  expect(fresh).toEqual([false, true]);
});

test('a refused identity is renewed by the command of whoever gave it', async () => {
  const stub = await stubUpstream(({ response }) => {
    response.writeHead(403, { 'x-amzn-errortype': 'ExpiredTokenException' }).end('{"message":"expired"}');
  });
  const signIn = 'claude-bedrock auth login';
  await expect(ask(connectTo(stub.url, { signIn }))).rejects.toMatchObject({ facts: { fix: signIn } });
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKID');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'hidden');
  const byChain = connectTo(stub.url, { signIn, identity: async () => undefined });
  await expect(ask(byChain)).rejects.toMatchObject({ facts: { fix: 'aws sso login' } });
});

test.each(['eu-central-1.example.com/', 'example.com#', 'user@example.com', '', 'eu central'])(
  'a Region of %j never becomes part of a host name',
  async (region) => {
    const connection = connectTo('http://127.0.0.1:1', { region });
    await expect(connection.post(post({ service: 'bedrock-mantle' }))).rejects.toMatchObject({
      code: 'sign_in_needed',
      publicMessage: expect.stringContaining('No AWS Region is set, or none that can be one'),
      facts: { fix: 'claude-bedrock aws setup' },
    });
  },
);

test('a clock that is wrong by more than SigV4 forgives is corrected by what AWS says', async () => {
  const stub = await stubUpstream(({ response, headers }) => {
    const signed = String(headers['x-amz-date']);
    const at = Date.parse(signed.replace(/(....)(..)(..)T(..)(..)(..)Z/, '$1-$2-$3T$4:$5:$6Z'));
    if (Math.abs(at - Date.now()) < 300_000) return sendFrames(response, hello);
    response.writeHead(403, { 'x-amzn-errortype': 'InvalidSignatureException' });
    response.end('{"message":"Signature expired"}');
  });
  const late = { ...systemClock, now: () => Date.now() - 3_600_000 };
  const connection = connectTo(stub.url, { clock: late });
  await expect(ask(connection)).rejects.toMatchObject({ facts: { retry: 'resign' } });
  expect((await ask(connection)).blocks).toHaveLength(1);
});

test('nothing listens, or nobody accepts: both are told at once and in words', async () => {
  await expect(within(deadlineMs, connectTo('http://127.0.0.1:1').post(post()))).rejects.toMatchObject({
    code: 'upstream_unavailable',
    publicMessage: expect.stringContaining('Nothing listens at 127.0.0.1:1'),
    facts: { retry: 'backoff' },
  });
});

test('sockets that slept for a minute are not trusted; answers under way are left alone', async () => {
  const time = { now: Date.now() };
  const stub = await stubUpstream(({ response }) => sendFrames(response, hello));
  const connection = connectTo(stub.url, { clock: { ...systemClock, now: () => time.now } });
  await ask(connection);
  time.now += 50_000;
  await ask(connection);
  expect(stub.connections()).toBe(1);
  time.now += 61_000;
  await ask(connection);
  expect(stub.connections()).toBe(2);
  connection.close();
  await within(patienceMs, stub.closed());
});

test('HTTP_PROXY is used for all hosts that NO_PROXY does not name', async () => {
  const stub = await stubUpstream(({ response }) => sendFrames(response, hello));
  const { url, tunnels } = await connectProxy(Number(new URL(stub.url).port));
  vi.stubEnv('HTTP_PROXY', url);
  const proxied = connectTo('http://bedrock.invalid:8080', { env: process.env });
  expect((await ask(proxied)).blocks).toHaveLength(1);
  await ask(proxied);
  expect(tunnels).toEqual(['bedrock.invalid:8080']);
  proxied.close();
  vi.stubEnv('NO_PROXY', '127.0.0.1');
  const direct = connectTo(stub.url, { env: process.env });
  await ask(direct);
  expect(tunnels).toHaveLength(1);
  direct.close();
});

test('a proxy at which nothing listens is told as such, not as the host behind it', async () => {
  vi.stubEnv('HTTP_PROXY', 'http://127.0.0.1:1');
  const connection = connectTo('http://bedrock.invalid:8080', { env: process.env });
  await expect(connection.post(post())).rejects.toMatchObject({
    code: 'upstream_unavailable',
    publicMessage: 'The HTTP proxy on the way to bedrock.invalid:8080 cannot be reached: ECONNREFUSED.',
    facts: { retry: 'backoff', fix: expect.stringContaining('HTTPS_PROXY') },
  });
});

test('a certificate bundle that cannot be read is named', async () => {
  const connection = connectTo('https://127.0.0.1:1', { env: { AWS_CA_BUNDLE: '/nowhere/ca.pem' } });
  await expect(connection.post(post())).rejects.toMatchObject({
    publicMessage: 'AWS_CA_BUNDLE names a file that cannot be read: /nowhere/ca.pem',
  });
});

test('the SDK is not loaded when endpoint, Region and identity are given', async () => {
  const stub = await stubUpstream(({ response }) => sendFrames(response, hello));
  vi.doMock('@aws-sdk/client-bedrock-runtime', () => {
    throw new Error('loaded');
  });
  await ask(connectTo(stub.url));
  vi.doUnmock('@aws-sdk/client-bedrock-runtime');
  expect(stub.asked).toHaveLength(1);
});

const openssl = spawnSync('openssl', ['version']).status === 0;

/** A self-signed certificate for loopback, made for one test. */
function selfSigned(): { key: string; cert: string; file: string } {
  const folder = tempFolder('claude-bedrock-');
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const made = spawnSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'],
      ...[
        '-subj',
        '/CN=stub',
        '-addext',
        'subjectAltName=IP:127.0.0.1,DNS:bedrock.invalid',
        '-keyout',
        key,
        '-out',
        cert,
      ],
    ],
    { encoding: 'utf8' },
  );
  expect(made.status, made.stderr).toBe(0);
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8'), file: cert };
}

test.skipIf(!openssl)(
  'TLS: an unknown authority is explained, AWS_CA_BUNDLE mends it, also through HTTPS_PROXY (needs openssl)',
  async () => {
    const certificate = selfSigned();
    const stub = await stubUpstream(({ response }) => sendFrames(response, hello), certificate);
    await expect(ask(connectTo(stub.url))).rejects.toMatchObject({
      code: 'upstream_unavailable',
      facts: { retry: undefined, fix: expect.stringContaining('AWS_CA_BUNDLE') },
    });
    const env = { AWS_CA_BUNDLE: certificate.file };
    const before = stub.connections();
    const trusting = connectTo(stub.url, { env });
    for (let nth = 0; nth < 5; nth++) expect((await ask(trusting)).blocks).toHaveLength(1);
    expect(stub.connections() - before).toBe(1);
    trusting.close();
    const { url, tunnels } = await connectProxy(Number(new URL(stub.url).port));
    vi.stubEnv('HTTPS_PROXY', url);
    const proxied = connectTo('https://bedrock.invalid', { env: { ...env, HTTPS_PROXY: url } });
    for (let nth = 0; nth < 2; nth++) expect((await ask(proxied)).blocks).toHaveLength(1);
    expect(tunnels).toEqual(['bedrock.invalid:443']);
    proxied.close();
  },
);

test('a peer that takes the connection and never greets is given up after the connect timeout', async () => {
  const mute = createServer(() => {});
  await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    mute.close();
  });
  const connection = connectTo(`https://127.0.0.1:${(mute.address() as AddressInfo).port}`, {
    timeouts: { connect: 50 },
  });
  await expect(within(patienceMs, connection.post(post()))).rejects.toMatchObject({
    code: 'upstream_unavailable',
    publicMessage: 'Bedrock could not be reached within 0.1 s.',
    facts: { retry: 'backoff' },
  });
});
