import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ProxyError } from '../../src/base/errors.ts';
import type { Call, Upstream } from '../../src/converse/call.ts';
import { replay } from '../../src/converse/replay.ts';
import type { FetchPublic, FetchWish } from '../../src/http/fetch-public.ts';
import { key, type ProxyUnderTest, startProxy } from './proxy-under-test.ts';

const png = Buffer.from('\x89PNG\r\n\x1a\nrest', 'latin1');
let asked: Call[] = [];
let wishes: [string, FetchWish][] = [];
let fetchPublic: FetchPublic;
let open: ProxyUnderTest | undefined;

const upstream: Upstream = async function* (call) {
  asked.push(call);
  const served = { model: call.target.modelId, region: 'eu-central-1', changes: [...call.changes] };
  yield replay({ served, blocks: [{ kind: 'text', text: 'a cat' }], end: { stopReason: 'end_turn' } });
};

async function proxy(more: Partial<Parameters<typeof startProxy>[0]> = {}): Promise<ProxyUnderTest> {
  open = await startProxy({
    upstream,
    settings: { remoteMedia: true },
    fetchPublic: (url, wish) => {
      wishes.push([url, wish]);
      return fetchPublic(url, wish);
    },
    ...more,
  });
  return open;
}

beforeEach(() => {
  asked = [];
  wishes = [];
  fetchPublic = async () => ({ bytes: png, mediaType: 'text/html' });
});
afterEach(async () => {
  await open?.close();
  open = undefined;
});

const image = (url = 'https://pictures.example/a.png') => ({ type: 'image_url', image_url: { url } });
const body = (...parts: unknown[]) => ({
  model: 'm',
  messages: [{ role: 'user', content: [{ type: 'text', text: 'What is it?' }, ...parts] }],
});
const sentBlocks = () => asked[0]?.request.messages[0]?.content;
const post = (url: string, path: string, value: unknown) =>
  fetch(`${url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'anthropic-version': '2023-06-01' },
    body: JSON.stringify(value),
  });

describe('case 69: with media.remote on', () => {
  test('what is behind a link goes to the model, typed by its bytes, and the change is told', async () => {
    const { chat } = await proxy();
    const answer = await chat(body(image(), image(), image('https://pictures.example/b.png')));
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-claude-bedrock-changes')).toContain('links fetched');
    expect(sentBlocks()?.slice(1)).toEqual(
      Array.from({ length: 3 }, () => ({ image: { format: 'png', source: { bytes: png.toString('base64') } } })),
    );
    expect(wishes.map(([url, { maxBytes }]) => [url, maxBytes])).toEqual([
      ['https://pictures.example/a.png', 3_932_160],
      ['https://pictures.example/b.png', 3_932_160],
    ]);
  });

  test('on the next turns it is not fetched again, in whatever dialect; a client may forbid that', async () => {
    const { chat, url } = await proxy();
    await chat(body(image()));
    const second = await chat(body(image(), image('https://pictures.example/b.png')));
    expect(second.headers.get('x-claude-bedrock-changes')).toContain('links fetched');
    const source = { type: 'image', source: { type: 'url', url: 'https://pictures.example/a.png' } };
    await post(url, '/v1/messages', { max_tokens: 9, ...body(source) });
    expect(wishes.map(([link]) => link.slice(-5))).toEqual(['a.png', 'b.png']);
    expect(JSON.stringify(asked.at(-1)?.request)).toContain(png.toString('base64'));
    const fetched = async (header: string, link: string): Promise<number> => {
      wishes = [];
      await chat(body(image(link)), { headers: { 'cache-control': header } });
      await chat(body(image(link)));
      return wishes.length;
    };
    expect(await fetched('no-cache', 'https://pictures.example/a.png')).toBe(1);
    expect(await fetched('no-store', 'https://pictures.example/c.png')).toBe(2);
  });

  test('what could not be fetched is tried again', async () => {
    const { chat } = await proxy();
    fetchPublic = async () => Promise.reject(new ProxyError('invalid_request', 'A link cannot be fetched.'));
    expect((await chat(body(image()))).status).toBe(400);
    fetchPublic = async () => ({ bytes: png, mediaType: 'image/png' });
    expect((await chat(body(image()))).status).toBe(200);
  });

  test('a document by its link, in the Responses API and in Anthropic’s', async () => {
    fetchPublic = async () => ({ bytes: Buffer.from('%PDF-1.7 x'), mediaType: 'application/pdf' });
    const { url } = await proxy();
    const file = { type: 'input_file', file_url: 'https://papers.example/p/Report%20v2.pdf' };
    await post(url, '/v1/responses', { model: 'm', input: [{ role: 'user', content: [file] }], store: false });
    const document = { type: 'document', source: { type: 'url', url: file.file_url } };
    await post(url, '/v1/messages', { max_tokens: 9, ...body(document) });
    const names = asked.map(({ request }) =>
      request.messages[0]?.content.flatMap((block) => ('document' in block ? [block.document] : [])),
    );
    expect(names).toMatchObject([[{ format: 'pdf', name: 'Report v2' }], [{ format: 'pdf', name: 'document' }]]);
    expect(wishes[0]?.[1].maxBytes).toBe(4_718_592);
  });

  test('tokens are counted of what is behind the link', async () => {
    const { url } = await proxy({ counted: 7 });
    const source = { type: 'url', url: 'https://pictures.example/a.png' };
    const answer = await post(url, '/v1/messages/count_tokens', body({ type: 'image', source }));
    expect(await answer.json()).toMatchObject({ input_tokens: 7 });
    expect(wishes).toHaveLength(1);
  });

  test('no picture behind an image link is a 400 with its place', async () => {
    fetchPublic = async () => ({ bytes: Buffer.from('<html>'), mediaType: 'image/png' });
    const answer = await (await proxy()).chat(body(image()));
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: { param: 'messages[0].content[1].image_url.url' } });
  });

  test('a link that cannot be fetched is told with its place, and ends the other fetches', async () => {
    const ended: boolean[] = [];
    fetchPublic = (url, { signal }) =>
      url.endsWith('bad')
        ? Promise.reject(new ProxyError('too_large', 'What is behind a link is too large.'))
        : new Promise((_, reject) => {
            signal.addEventListener('abort', () => {
              ended.push(true);
              reject(signal.reason);
            });
          });
    const answer = await (await proxy()).chat(body(image(), image('https://pictures.example/bad')));
    expect(answer.status).toBe(413);
    expect(await answer.json()).toMatchObject({ error: { param: 'messages[0].content[2].image_url.url' } });
    expect(ended).toEqual([true]);
    expect(asked).toEqual([]);
  });

  test('a link that is answered too late is a 504: the body itself came in time', async () => {
    fetchPublic = () =>
      new Promise((_, reject) => {
        setTimeout(() => reject(new ProxyError('timeout', 'A link was not answered within 15 s.')), 20);
      });
    const answer = await (await proxy()).chat(body(image()));
    expect([answer.status, answer.headers.get('connection')]).toEqual([504, 'keep-alive']);
  });

  test('more links than Bedrock takes media, or more bytes than a body may have, are refused', async () => {
    const many = Array.from({ length: 21 }, (_, at) => image(`https://pictures.example/${at}`));
    const { chat } = await proxy();
    expect((await chat(body(...many))).status).toBe(400);
    expect(wishes).toEqual([]);
    fetchPublic = async () => ({ bytes: Buffer.alloc(400_000, png), mediaType: '' });
    expect((await chat(body(image('https://p.example/1'), image('https://p.example/2')))).status).toBe(413);
  });

  test('a body without links asks for nothing', async () => {
    const { chat } = await proxy({ fetchPublic: () => Promise.reject(new Error('not asked')) });
    const answer = await chat(body());
    expect([answer.status, answer.headers.get('x-claude-bedrock-changes')]).toEqual([200, null]);
  });
});

test('case 69: off, as it is by default, a link is a 400 that names the setting, and nothing is fetched', async () => {
  const { chat } = await proxy({ settings: {} });
  const answer = await chat(body(image()));
  expect(answer.status).toBe(400);
  expect(JSON.stringify(await answer.json())).toContain('config set media.remote true');
  expect(wishes).toEqual([]);
});
