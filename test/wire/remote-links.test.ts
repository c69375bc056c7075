import { expect, test } from 'vitest';
import { type RemoteLink, replaceLinks } from '../../src/wire/remote-links.ts';

const url = 'https://example.com/dir/My%20file.pdf?x=1';
const medium = { mediaType: 'image/png', base64: 'AAAA' };
const data = 'data:image/png;base64,AAAA';

/** The links that are seen, and what the body becomes when each is taken. */
function replaced(body: unknown) {
  const links: RemoteLink[] = [];
  const result = replaceLinks(body, (link) => {
    links.push(link);
    return medium;
  });
  return { result, places: links.map(({ kind, param }) => `${kind} ${param}`) };
}

const inMessage = (part: unknown) => ({ messages: [{ role: 'user', content: [{ type: 'text', text: url }, part] }] });

test.each([
  [
    'chat',
    { type: 'image_url', image_url: { url, detail: 'low' } },
    'image image_url.url',
    { image_url: { url: data, detail: 'low' } },
  ],
  ['chat, bare', { type: 'image_url', image_url: url }, 'image image_url', { image_url: data }],
  ['Responses', { type: 'input_image', image_url: url }, 'image image_url', { image_url: data }],
  [
    'Responses, a file',
    { type: 'input_file', file_url: url },
    'file file_url',
    { filename: 'My file.pdf', file_data: data },
  ],
  [
    'a named file',
    { type: 'input_file', file_url: url, filename: 'a' },
    'file file_url',
    { filename: 'a', file_data: data },
  ],
  [
    'chat, a file',
    { type: 'file', file: { file_data: url } },
    'file file.file_data',
    { file: { filename: 'My file.pdf', file_data: data } },
  ],
  [
    'Anthropic',
    { type: 'image', source: { type: 'url', url }, cache_control: {} },
    'image source.url',
    { source: { type: 'base64', media_type: 'image/png', data: 'AAAA' }, cache_control: {} },
  ],
  [
    'Anthropic, a document',
    { type: 'document', title: 't', source: { type: 'url', url } },
    'file source.url',
    { title: 't', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
  ],
])('case 69: a link is seen and replaced: %s', (_, part, place, after) => {
  const [kind, path] = place.split(' ');
  const { result, places } = replaced(inMessage(part));
  expect(places).toEqual([`${kind} messages[0].content[1].${path}`]);
  expect(result).toEqual(inMessage({ type: part.type, ...after }));
});

test('case 69: links in tool results of each dialect count', () => {
  const image = { type: 'image_url', image_url: url };
  const { places } = replaced({
    messages: [
      { role: 'tool', tool_call_id: 'c', content: [image] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'c', content: [image] }] },
    ],
    input: [{ type: 'function_call_output', call_id: 'c', output: [{ type: 'input_image', image_url: url }] }],
  });
  expect(places).toEqual([
    'image messages[0].content[0].image_url',
    'image messages[1].content[0].content[0].image_url',
    'image input[0].output[0].image_url',
  ]);
});

test('a link anywhere else is only text: in words, in tool arguments, in schemas, and data URLs are no links', () => {
  const bodies = [
    { messages: [{ role: 'user', content: url }] },
    inMessage({
      type: 'tool_use',
      input: { type: 'image_url', image_url: url, content: [{ type: 'image_url', image_url: url }] },
    }),
    { tools: [{ type: 'image_url', image_url: url }], metadata: { content: [{ type: 'image_url', image_url: url }] } },
    inMessage({ type: 'image_url', image_url: { url: data } }),
    inMessage({ type: 'image', source: { type: 'base64', data: 'AAAA' } }),
    inMessage({ type: 'video_url', video_url: url }),
    { input: url },
    { messages: [null, 5, { content: [null, 'x'] }] },
    'text',
    null,
  ];
  for (const body of bodies) {
    const { result, places } = replaced(body);
    expect(places).toEqual([]);
    expect(result).toBe(body);
  }
});

test('what is not taken stays as it is', () => {
  const body = inMessage({ type: 'image_url', image_url: url });
  expect(replaceLinks(body, () => undefined)).toBe(body);
});
