import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { ProxyError } from '../../src/base/errors.ts';
import { proxyAgent } from '../../src/bedrock/agent.ts';
import { createFetchPublic, type FetchPublicOptions } from '../../src/http/fetch-public.ts';
import { selfSignedPair } from '../../src/http/self-signed.ts';
import { connectProxy } from '../bedrock/connect-proxy.ts';
import { tempFolder } from '../temp-folder.ts';

/** The only server there is: every dial ends here, whatever address was asked for. */
const pair = selfSignedPair(Date.now());
type Handler = (incoming: IncomingMessage, outgoing: ServerResponse) => void;
let handler: Handler;
let seen: IncomingMessage[] = [];
const server = createServer(pair, (incoming, outgoing) => {
  seen.push(incoming);
  handler(incoming, outgoing);
});

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

let dialled: string[] = [];
const names: Record<string, readonly string[]> = {
  'pictures.example': ['93.184.215.14'],
  'six.example': ['2606:2800:21f:cb07::1', '93.184.215.15'],
  'home.example': ['192.168.1.1'],
  'mixed.example': ['93.184.215.14', '127.0.0.1'],
  'metadata.example': ['169.254.169.254'],
  localhost: ['127.0.0.1', '::1'],
};

function fetcher(options: Partial<FetchPublicOptions> = {}) {
  return createFetchPublic({
    resolve: async (host) => names[host] ?? Promise.reject(new Error('ENOTFOUND internal detail')),
    dial(address, host) {
      dialled.push(`${address} ${host}`);
      const { port } = server.address() as AddressInfo; // it listens on a port
      return connect({ host: '127.0.0.1', port, ca: pair.cert, servername: 'localhost' });
    },
    timeoutMs: 2_000,
    ...options,
  });
}

const wish = { maxBytes: 1_000, signal: new AbortController().signal };
const png = Buffer.from('\x89PNG\r\n\x1a\nrest', 'latin1');
const sendPng: Handler = (_, outgoing) => outgoing.writeHead(200, { 'content-type': 'image/PNG; x=y' }).end(png);
const redirectTo =
  (location: string, status = 302): Handler =>
  (incoming, outgoing) =>
    incoming.url === '/' ? outgoing.writeHead(status, { location }).end() : sendPng(incoming, outgoing);

async function failure(url: string, options: Partial<FetchPublicOptions> = {}, more: Partial<typeof wish> = {}) {
  const thrown = await fetcher(options)(url, { ...wish, ...more }).catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(ProxyError);
  return thrown as ProxyError; // the line above
}

beforeEach(() => {
  handler = sendPng;
  seen = [];
  dialled = [];
});

test('case 69: a picture is fetched from the address that was checked, with nothing of the client’s', async () => {
  const { bytes, mediaType } = await fetcher()('https://pictures.example/a.png?b=c#d', wish);
  expect([bytes, mediaType]).toEqual([png, 'image/png']);
  expect(dialled).toEqual(['93.184.215.14 pictures.example']);
  const [asked] = seen;
  expect([asked?.method, asked?.url]).toEqual(['GET', '/a.png?b=c']);
  expect(asked?.headers).toEqual({
    host: 'pictures.example',
    accept: '*/*',
    'accept-encoding': 'identity',
    'user-agent': 'claude-bedrock',
    connection: 'close',
  });
});

test('an IPv4 address is preferred, because many networks have no IPv6', async () => {
  await fetcher()('https://six.example/', wish);
  expect(dialled).toEqual(['93.184.215.15 six.example']);
});

describe('case 69: what is not dialled at all', () => {
  test.each([
    'http://pictures.example/',
    'ftp://pictures.example/',
    'file:///etc/passwd',
    'https://pictures.example:8443/',
    'https://user:pass@pictures.example/',
    'https://home.example/',
    'https://mixed.example/',
    'https://metadata.example/latest/meta-data/',
    'https://localhost/',
    'https://unknown.example/',
    'https://127.0.0.1/',
    'https://127.1/',
    'https://2130706433/',
    'https://0x7f000001/',
    'https://0177.0.0.1/',
    'https://169.254.169.254/latest/meta-data/',
    'https://[::1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[64:ff9b::7f00:1]/',
    'https://[fd00:ec2::254]/',
    'https://',
    'nonsense',
  ])('%s', async (url) => {
    const { code, publicMessage } = await failure(url);
    expect(code).toBe('invalid_request');
    expect(publicMessage).not.toContain('internal detail');
    expect(dialled).toEqual([]);
  });

  test.each([
    'https://home.example/x',
    'http://pictures.example/x',
    'https://169.254.169.254/x',
    '//localhost/x',
    'https://pictures.example:444/x',
    'https://[::1',
  ])('a redirect to %s', async (location) => {
    handler = redirectTo(location);
    expect((await failure('https://pictures.example/')).code).toBe('invalid_request');
    expect(dialled).toHaveLength(1);
    expect(seen).toHaveLength(1);
  });

  test('a name whose address changes between two looks: each look is checked, and what was checked is dialled', async () => {
    const answers = [['93.184.215.14'], ['127.0.0.1']];
    handler = redirectTo('/again');
    const { publicMessage } = await failure('https://rebinding.example/', {
      resolve: async () => answers.shift() ?? [],
    });
    expect(publicMessage).toContain('not on the open internet');
    expect(dialled).toEqual(['93.184.215.14 rebinding.example']);
  });
});

test('a redirect is followed three times and no more, relative or not', async () => {
  const hops = (count: number): Handler => {
    let left = count;
    return (incoming, outgoing) =>
      left-- > 0
        ? outgoing.writeHead(307, { location: left % 2 ? '/next' : 'https://six.example/next' }).end()
        : sendPng(incoming, outgoing);
  };
  handler = hops(3);
  expect((await fetcher()('https://pictures.example/', wish)).bytes).toEqual(png);
  handler = hops(4);
  expect((await failure('https://pictures.example/')).publicMessage).toContain('more than 3 times');
});

test('what is too large is refused: by its declared length at once, otherwise while it comes', async () => {
  handler = (_, outgoing) => outgoing.writeHead(200, { 'content-length': 1_001 }).write('x');
  expect((await failure('https://pictures.example/')).code).toBe('too_large');
  handler = (_, outgoing) => {
    for (let at = 0; at < 11; at++) outgoing.write('x'.repeat(100));
  };
  expect((await failure('https://pictures.example/')).code).toBe('too_large');
  handler = (_, outgoing) => outgoing.end('x'.repeat(1_000));
  expect((await fetcher()('https://pictures.example/', wish)).bytes).toHaveLength(1_000);
});

test('no answer, or half of one, is a timeout; a client that goes away ends the wait with its own reason', async () => {
  handler = () => {};
  expect((await failure('https://pictures.example/', { timeoutMs: 50 })).code).toBe('timeout');
  handler = (_, outgoing) => outgoing.write('x');
  expect((await failure('https://pictures.example/', { timeoutMs: 50 })).code).toBe('timeout');
  expect((await failure('https://slow.example/', { timeoutMs: 50, resolve: () => new Promise(() => {}) })).code).toBe(
    'timeout',
  );
  const gone = new ProxyError('client_gone', 'gone');
  const abort = new AbortController();
  setTimeout(() => abort.abort(gone), 30);
  expect(await failure('https://pictures.example/', {}, { signal: abort.signal })).toBe(gone);
});

test('every other answer is refused in words that tell nothing of it', async () => {
  const answers: Handler[] = [
    (_, outgoing) => outgoing.writeHead(404).end('secret'),
    (_, outgoing) => outgoing.writeHead(302).end(),
    (_, outgoing) => outgoing.writeHead(200, { 'content-encoding': 'gzip' }).end('secret'),
    (_, outgoing) => outgoing.destroy(),
    (_, outgoing) => outgoing.writeHead(200, { 'content-length': 10 }).write('x', () => outgoing.destroy()),
  ];
  for (const answer of answers) {
    handler = answer;
    const { code, publicMessage } = await failure('https://pictures.example/');
    expect(code).toBe('invalid_request');
    expect(publicMessage).not.toMatch(/secret|ECONN|socket/);
  }
});

test('a certificate of somebody else is refused', async () => {
  const { port } = server.address() as AddressInfo; // it listens on a port
  const dial = (_: string, host: string) => connect({ host: '127.0.0.1', port, ca: pair.cert, servername: host });
  expect((await failure('https://pictures.example/', { dial })).publicMessage).toContain('could not be reached');
  expect(seen).toEqual([]);
});

describe('case 69: behind a company’s proxy', () => {
  /** The proxy leads every CONNECT to the server above, whose certificate its own authority vouches for. */
  async function behindProxy(noProxy = '') {
    const { port } = server.address() as AddressInfo; // it listens on a port
    const { url, tunnels } = await connectProxy(port);
    const bundle = join(tempFolder('company-'), 'company.pem');
    writeFileSync(bundle, pair.cert);
    const env = { HTTPS_PROXY: url, NO_PROXY: noProxy, AWS_CA_BUNDLE: bundle };
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    onTestFinished(() => void vi.unstubAllEnvs());
    const proxyFor = async (link: URL) => {
      const agent = await proxyAgent(link, env);
      // The test's certificate is for no other name.
      if (agent && 'options' in agent) Object.assign(agent.options ?? {}, { servername: 'localhost' });
      return agent;
    };
    return { tunnels, options: { proxyFor } };
  }

  test('the proxy is asked for the name, and nothing is dialled past it', async () => {
    const { tunnels, options } = await behindProxy();
    handler = redirectTo('https://six.example/b.png');
    expect((await fetcher(options)('https://pictures.example/', wish)).bytes).toEqual(png);
    expect(tunnels).toEqual(['pictures.example:443', 'six.example:443']);
    expect(dialled).toEqual([]);
    expect(seen.map(({ headers }) => headers.host)).toEqual(['pictures.example', 'six.example']);
  });

  test('a name that only the proxy knows may be asked for, unless it is one of this network', async () => {
    const { tunnels, options } = await behindProxy();
    expect((await fetcher(options)('https://unknown.example/', wish)).bytes).toEqual(png);
    expect(tunnels).toEqual(['unknown.example:443']);
    for (const name of ['wiki', 'printer.local', 'files.corp', 'db.internal.', 'x.localhost'])
      await failure(`https://${name}/`, { ...options, resolve: async () => [] });
    expect(tunnels).toHaveLength(1);
  });

  test.each([
    'https://home.example/',
    'https://mixed.example/',
    'https://localhost/',
    'https://127.0.0.1/',
    'https://[::1]/',
    'https://169.254.169.254/latest/meta-data/',
    'https://2130706433/',
  ])('%s is refused before the proxy hears of it', async (url) => {
    const { tunnels, options } = await behindProxy();
    expect((await failure(url, options)).publicMessage).toContain('not on the open internet');
    expect(tunnels).toEqual([]);
  });

  test('what NO_PROXY names is fetched directly, with every check', async () => {
    const { tunnels, options } = await behindProxy('pictures.example');
    expect((await fetcher(options)('https://pictures.example/', wish)).bytes).toEqual(png);
    expect(tunnels).toEqual([]);
    expect(dialled).toEqual(['93.184.215.14 pictures.example']);
  });
});
