import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { leaveProof } from '../../src/config/local-proof.ts';
import { writeLastSeen } from '../../src/config/sightings.ts';
import { writeTunnelNote } from '../../src/config/tunnel-note.ts';
import type { UiState } from '../../src/http/ui-state.ts';
import { patienceMs } from '../deadline.ts';
import { canary, type DashboardUnderTest, key, startDashboard } from './dashboard-under-test.ts';
import { rawSocket } from './proxy-under-test.ts';

let proxy: DashboardUnderTest;
let cookie: string;

beforeAll(async () => {
  proxy = await startDashboard('[listen]\npublicHost = "calm-otter.example.com"\norigins = ["app://obsidian.md"]\n');
  cookie = await proxy.signIn();
});
afterAll(() => proxy.close());

const bearer = { authorization: `Bearer ${key}` };
const state = async (): Promise<UiState> =>
  (await (await proxy.ask('/ui/api/state', { headers: { cookie } })).json()) as UiState;

describe('the page', () => {
  test('comes without a sign-in, holds nothing of anybody, and a browser runs only what is in it', async () => {
    const response = await proxy.ask('/ui');
    expect(response.status).toBe(200);
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toMatch(/script-src 'sha256-[\w+/=]{44}'/);
    expect(policy).toMatch(/style-src 'sha256-[\w+/=]{44}'/);
    expect(policy).not.toContain('unsafe');
    expect(policy).not.toContain('http');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('referrer-policy')).toBe('no-referrer');
    expect(response.headers.get('cache-control')).toBe('no-store');
    const html = await response.text();
    expect(html).not.toContain(key);
    expect(html.match(/(?:src|href)="(?!data:|#)[^"]*"/g)).toBeNull();
  });

  test('weighs less than 120 kB, all in', async () => {
    const html = await (await proxy.ask('/ui')).text();
    expect(Buffer.byteLength(html)).toBeLessThan(120_000);
  });

  test('takes no other method', async () => {
    const response = await proxy.ask('/ui', { method: 'DELETE' });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET');
  });
});

describe('a link', () => {
  test('needs the key or a proof, and says the same to everyone else', async () => {
    for (const headers of [{}, { authorization: 'Bearer sk-cb-wrong' }]) {
      const response = await proxy.ask('/ui/link', { method: 'POST', headers, body: { proof: 'x'.repeat(43) } });
      expect(response.status).toBe(401);
    }
  });

  test('is given for a file left in the state folder, once', async () => {
    const { proof } = leaveProof(proxy.state);
    const first = await proxy.ask('/ui/link', { method: 'POST', body: { proof } });
    expect(first.status).toBe(200);
    expect(((await first.json()) as { url: string }).url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/ui#link=[\w-]{43}$/);
    expect((await proxy.ask('/ui/link', { method: 'POST', body: { proof } })).status).toBe(401);
  });

  test('lets one browser in, once', async () => {
    const link = await proxy.link();
    const first = await proxy.ask('/ui/session', { method: 'POST', headers: { origin: proxy.url }, body: { link } });
    expect(first.status).toBe(204);
    expect(first.headers.get('set-cookie')).toMatch(
      /^claude-bedrock-ui-\d+=[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/ui$/,
    );
    const again = await proxy.ask('/ui/session', { method: 'POST', headers: { origin: proxy.url }, body: { link } });
    expect(again.status).toBe(401);
    expect(await again.text()).toContain('claude-bedrock ui');
  });

  test('never stands in the cookie', async () => {
    const link = await proxy.link();
    expect(await proxy.signIn(link)).not.toContain(link);
  });
});

describe('who may do what', () => {
  test.each(['/ui/api/state', '/ui/api/events'])('%s needs the session, the key is not enough', async (path) => {
    expect((await proxy.ask(path)).status).toBe(401);
    expect((await proxy.ask(path, { headers: bearer })).status).toBe(401);
    expect((await proxy.ask(path, { headers: { cookie: cookie.replace(/=.{5}/, '=AAAAA') } })).status).toBe(401);
  });

  test.each([
    ['POST', '/v1/chat/completions'],
    ['GET', '/v1/models'],
    ['GET', '/readyz'],
    ['GET', '/metrics'],
    ['DELETE', '/admin/cache'],
  ])('the cookie opens nothing else: %s %s', async (method, path) => {
    const body = method === 'POST' ? { body: { model: 'bedrock-sonnet', messages: [] } } : {};
    expect((await proxy.ask(path, { method, headers: { cookie }, ...body })).status).toBe(401);
  });

  test.each(['https://evil.com', 'null', 'http://127.0.0.1:1', 'app://obsidian.md'])(
    'the page of %s cannot sign in, sign out or replay',
    async (origin) => {
      const link = await proxy.link();
      const headers = { origin, cookie };
      expect((await proxy.ask('/ui/session', { method: 'POST', headers, body: { link } })).status).toBe(403);
      expect((await proxy.ask('/ui/session', { method: 'DELETE', headers })).status).toBe(403);
      expect((await proxy.ask('/ui/api/replay', { method: 'POST', headers, body: { id: 'x' } })).status).toBe(403);
      expect((await proxy.ask('/ui/api/state', { headers: { cookie } })).status).toBe(200);
    },
  );

  test('a POST without any Origin is not the page', async () => {
    const body = { link: await proxy.link() };
    expect((await proxy.ask('/ui/session', { method: 'POST', body })).status).toBe(403);
  });

  test('our own page may speak to its own routes only, however the path is spelled', async () => {
    const headers = { ...bearer, origin: proxy.url };
    expect((await proxy.ask('/v1/models', { headers })).status).toBe(403);
    const port = Number(new URL(proxy.url).port);
    for (const path of ['/ui/../v1/models', '/ui/%2e%2e/v1/models', '/ui//../v1/models', '/uix', '/%75i']) {
      const raw = await rawSocket(port);
      const head = [`Host: 127.0.0.1:${port}`, `Origin: ${proxy.url}`, `Authorization: Bearer ${key}`];
      raw.send(`GET ${path} HTTP/1.1\r\n${head.join('\r\n')}\r\n\r\n`);
      expect(await raw.until('\r\n\r\n')).toMatch(/^HTTP\/1\.1 40[03]/);
      raw.socket.destroy();
    }
  });

  test.each(['cross-site', 'same-site'])('Sec-Fetch-Site %s is refused, with the cookie too', async (site) => {
    const headers = { cookie, 'sec-fetch-site': site };
    expect((await proxy.ask('/ui/api/state', { headers })).status).toBe(403);
  });

  test.each(['GET /ui', 'POST /ui/link', 'POST /ui/session', 'GET /ui/api/state', 'GET /ui/api/events', 'PUT /ui'])(
    'promise 25: %s is nothing through a tunnel',
    async (line) => {
      const port = Number(new URL(proxy.url).port);
      for (const head of [
        ['Host: calm-otter.example.com'],
        [`Host: 127.0.0.1:${port}`, 'X-Forwarded-For: 203.0.113.9'],
      ]) {
        const raw = await rawSocket(port);
        const more = [
          'Content-Type: application/json',
          'Content-Length: 2',
          `Cookie: ${cookie}`,
          `Authorization: Bearer ${key}`,
        ];
        raw.send(`${line} HTTP/1.1\r\n${[...head, ...more].join('\r\n')}\r\n\r\n{}`);
        expect(await raw.until('\r\n\r\n')).toMatch(/^HTTP\/1\.1 404/);
        raw.socket.destroy();
      }
    },
  );
});

describe('what it shows', () => {
  test('a call with its figures, and nothing that anybody wrote', async () => {
    const answer = await (await proxy.chat()).text();
    expect(answer).toContain('[DONE]');
    const text = await (await proxy.ask('/ui/api/state', { headers: { cookie } })).text();
    const [call] = (JSON.parse(text) as UiState).calls;
    expect(call).toMatchObject({
      client: 'cursor/1.2',
      model: 'bedrock-sonnet',
      format: 'openai-chat',
      outcome: 'served',
    });
    expect(call?.tokens?.output).toBeGreaterThan(0);
    for (const secret of [canary, key, cookie.split('=')[1] ?? '']) expect(text).not.toContain(secret);
    expect(JSON.stringify(call)).not.toContain('127.0.0.1');
  });

  test('a secret that a client puts into the name of a model is not shown', async () => {
    await (await proxy.chat({ model: `AKIA${'Q'.repeat(16)}` })).text();
    const text = JSON.stringify(await state());
    expect(text).not.toContain('AKIAQQQQ');
    expect(text).toContain('[secret]');
  });

  test('a refused key among the security events, without the key', async () => {
    await proxy.ask('/v1/models', { headers: { authorization: 'Bearer sk-cb-not-this-one' } });
    const { notices } = await state();
    expect(notices[0]).toMatchObject({ severity: 'alarm', what: 'Wrong key' });
    expect(JSON.stringify(notices)).not.toContain('not-this-one');
  });

  test('when somebody last came through the tunnel', async () => {
    expect((await state()).tunnel).toMatchObject({ host: 'calm-otter.example.com', lastSeenAt: expect.any(Number) });
  });

  test('who came through the tunnel and how: program, client, model, shape and tools, nothing that was said', async () => {
    writeTunnelNote(proxy.state, {
      publicUrl: 'https://calm-otter.example.com',
      program: 'cloudflared',
      pid: process.pid,
      since: 1_000,
    });
    const seen = { client: 'Cursor/3.17.21', at: 2_000, path: '/v1/chat/completions', model: 'bedrock-sonnet' };
    writeLastSeen(proxy.state, [{ ...seen, through: 'tunnel', requests: 3, shape: 'responses', tools: 23 }]);
    const { tunnel } = await state();
    expect(tunnel).toMatchObject({
      program: 'cloudflared',
      since: 1_000,
      last: { client: 'Cursor/3.17.21', requests: 3, model: 'bedrock-sonnet', shape: 'responses', tools: 23 },
    });
  });

  test('a rehearsal on the simulator, with words of its own', async () => {
    const [call] = (await state()).calls;
    const headers = { origin: proxy.url, cookie };
    const before = (await state()).calls.length;
    const response = await proxy.ask('/ui/api/replay', { method: 'POST', headers, body: { id: call?.id } });
    expect(response.status).toBe(200);
    const rehearsal = (await response.json()) as { outputTokens: number; stream: boolean };
    expect(rehearsal.outputTokens).toBeGreaterThan(0);
    expect(rehearsal.stream).toBe(call?.stream);
    expect((await state()).calls.length).toBe(before);
  });

  test('a rehearsal of embeddings, which go past Converse', async () => {
    const response = await proxy.ask('/v1/embeddings', {
      method: 'POST',
      headers: { authorization: `Bearer ${key}` },
      body: { model: 'amazon.titan-embed-text-v2:0', input: 'a text' },
    });
    expect(response.status).toBe(200);
    await response.text();
    const call = (await state()).calls.find(({ format }) => format === 'openai-embeddings');
    const replayed = await proxy.ask('/ui/api/replay', {
      method: 'POST',
      headers: { origin: proxy.url, cookie },
      body: { id: call?.id },
    });
    expect(await replayed.json()).toMatchObject({
      format: 'openai-embeddings',
      target: expect.stringContaining('titan'),
    });
  });

  test('no rehearsal of a call that is forgotten', async () => {
    const headers = { origin: proxy.url, cookie };
    const response = await proxy.ask('/ui/api/replay', { method: 'POST', headers, body: { id: 'req_gone' } });
    expect(response.status).toBe(404);
  });
});

describe('live events', () => {
  test('begin, end and refusals arrive as they happen, and signing out ends the stream', async () => {
    const own = await proxy.signIn();
    const response = await proxy.ask('/ui/api/events', { headers: { cookie: own } });
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const reading = response.text();
    await (await proxy.chat({}, { 'cache-control': 'no-cache' })).text();
    await proxy.ask('/v1/models', { headers: { authorization: 'Bearer sk-cb-wrong' } });
    expect(
      (await proxy.ask('/ui/session', { method: 'DELETE', headers: { origin: proxy.url, cookie: own } })).status,
    ).toBe(204);
    const text = await reading;
    expect([...text.matchAll(/^event: (\w+)$/gm)].map(([, name]) => name)).toEqual(
      expect.arrayContaining(['began', 'ended', 'notice']),
    );
    expect(text).not.toContain(canary);
    expect(text).not.toContain(key);
    expect((await proxy.ask('/ui/api/state', { headers: { cookie: own } })).status).toBe(401);
  });

  test('a ninth stream is refused', async () => {
    const open = await Promise.all(
      Array.from({ length: 8 }, () => proxy.ask('/ui/api/events', { headers: { cookie } })),
    );
    expect(open.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect((await proxy.ask('/ui/api/events', { headers: { cookie } })).status).toBe(429);
    await Promise.all(open.map(({ body }) => body?.cancel()));
  });
});

test('without any AWS sign-in the dashboard works, and says what to do about it', async () => {
  for (const name of [
    'AWS_REGION',
    'AWS_DEFAULT_REGION',
    'AWS_PROFILE',
    'AWS_ACCESS_KEY_ID',
    'AWS_BEARER_TOKEN_BEDROCK',
  ])
    vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  vi.stubEnv('AWS_CONFIG_FILE', '/nowhere');
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nowhere');
  const other = await startDashboard('', { upstream: 'bedrock' });
  const own = await other.signIn();
  const credential = async () => {
    const response = await other.ask('/ui/api/state', { headers: { cookie: own } });
    expect(response.status).toBe(200);
    return ((await response.json()) as UiState).credential;
  };
  // The page does not wait for the AWS SDK to load: it learns of the credential when it next asks.
  await expect.poll(credential).toMatchObject({
    what: "AWS's own credential chain",
    state: 'signed-out',
    fix: expect.any(String),
  });
  await other.close();
});

test('an open dashboard does not hold up the end of the program', async () => {
  const other = await startDashboard();
  const own = await other.signIn();
  const response = await other.ask('/ui/api/events', { headers: { cookie: own } });
  const reading = response.text();
  const startedAt = performance.now();
  await other.close();
  await reading;
  // An open answer is let finish for 30 s, and this one has no end of its own.
  expect(performance.now() - startedAt).toBeLessThan(patienceMs);
});
