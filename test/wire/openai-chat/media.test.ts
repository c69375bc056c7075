import { expect, test } from 'vitest';
import { refusal, translate } from './chat.ts';

const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const pdf = Buffer.from('%PDF-1.4 %%EOF').toString('base64');
const text = Buffer.from('# Title\n').toString('base64');

const content = (parts: unknown[]) =>
  translate({ messages: [{ role: 'user', content: parts }] }).request.messages[0]?.content;
const image = { image: { format: 'png', source: { bytes: png } } };

test('case 68: images in every spelling, with whatever declared type', () => {
  const url = `data:image/jpg; charset=binary;base64,${png}`;
  expect(
    content([
      { type: 'image_url', image_url: { url, detail: 'high' } },
      { type: 'image_url', image_url: url },
      { type: 'input_image', image_url: url },
      { type: 'image', source: { type: 'base64', media_type: 'image/webp', data: png } },
      { type: 'file', file: { filename: 'a.pdf', file_data: url } },
    ]),
  ).toEqual([image, image, image, image, image]);
});

test('case 69: a remote image is a 400 that names the setting, in each spelling', () => {
  const remote = 'https://example.com/a.png';
  const parts: [unknown, string][] = [
    [{ type: 'image_url', image_url: { url: remote } }, 'image_url.url'],
    [{ type: 'input_image', image_url: remote }, 'image_url'],
    [{ type: 'image', source: { type: 'url', url: remote } }, 'source'],
    [{ type: 'input_file', file_url: remote }, 'file_url'],
    [{ type: 'video_url', video_url: { url: remote } }, 'video_url'],
  ];
  for (const [part, place] of parts) {
    const { code, facts } = refusal({ messages: [{ role: 'user', content: [{ type: 'text', text: 'x' }, part] }] });
    expect(code).toBe('unsupported');
    expect(facts.param).toBe(`messages[0].content[1].${place}`);
    expect(facts.fix).toContain('data URL');
    if (place !== 'video_url') expect(facts.fix).toContain('media.remote');
  }
});

test('a part that the Responses API spells is named in that spelling', () => {
  const refused = (part: unknown) => refusal({ messages: [{ role: 'user', content: [part] }] });
  expect(refused({ type: 'input_image', image_url: null }).facts.param).toBe('messages[0].content[0].image_url');
  expect(refused({ type: 'image_url', image_url: null }).facts.param).toBe('messages[0].content[0].image_url.url');
  expect(refused({ type: 'bogus' }).publicMessage).toContain('input_image');
});

test('a PDF behind image_url is a document', () => {
  const url = `data:application/pdf;base64,${pdf}`;
  const document = { format: 'pdf', source: { bytes: pdf } };
  expect(
    content([
      { type: 'image_url', image_url: { url } },
      { type: 'input_image', image_url: url },
    ]),
  ).toEqual([{ document: { ...document, name: 'document' } }, { document: { ...document, name: 'document (2)' } }]);
});

test('a video comes as video_url or, inside of a tool’s result, as input_video', () => {
  const link = 'data:video/mp4;base64,AAAAIGZ0eXA=';
  const video = { video: { format: 'mp4', source: { bytes: 'AAAAIGZ0eXA=' } } };
  expect(
    content([
      { type: 'video_url', video_url: { url: link } },
      { type: 'input_video', video_url: link },
    ]),
  ).toEqual([video, video]);
});

test('case 72: documents get legal, different names, and keep them as the conversation grows', () => {
  const file = (filename: string, file_data: string) => ({ type: 'file', file: { filename, file_data } });
  expect(
    content([
      file('My_report.final.pdf', `data:application/pdf;base64,${pdf}`),
      file('My_report.final.pdf', pdf),
      { type: 'input_file', filename: 'readme.md', file_data: text },
      { type: 'document', title: 'Notes: 1', source: { type: 'text', media_type: 'text/plain', data: 'abc' } },
      { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: pdf } },
    ]),
  ).toEqual([
    { document: { format: 'pdf', name: 'My report final', source: { bytes: pdf } } },
    { document: { format: 'pdf', name: 'My report final (2)', source: { bytes: pdf } } },
    { document: { format: 'md', name: 'readme', source: { bytes: text } } },
    { document: { format: 'txt', name: 'Notes 1', source: { text: 'abc' } } },
    { document: { format: 'pdf', name: 'document', source: { bytes: pdf } } },
  ]);
});

test('audio and video travel as Converse has them', () => {
  expect(
    content([
      { type: 'input_audio', input_audio: { data: 'aGk=', format: 'wav' } },
      { type: 'video_url', video_url: { url: 'data:video/mp4;base64,aGk=' } },
    ]),
  ).toEqual([
    { audio: { format: 'wav', source: { bytes: 'aGk=' } } },
    { video: { format: 'mp4', source: { bytes: 'aGk=' } } },
  ]);
});

test('pictures inside tool results stay in the result; what Converse cannot hold there stands behind', () => {
  const messages = [
    { role: 'user', content: 'hi' },
    {
      role: 'tool',
      tool_call_id: 'a',
      content: [
        { type: 'image_url', image_url: { url: `data:;base64,${png}` } },
        { type: 'input_audio', input_audio: { data: 'aGk=', format: 'mp3' } },
      ],
    },
  ];
  expect(translate({ messages }).request.messages[1]?.content).toEqual([
    { toolResult: { toolUseId: 'a', content: [image] } },
    { audio: { format: 'mp3', source: { bytes: 'aGk=' } } },
  ]);
});

test('a file id means nothing here, and the refusal says what to do', () => {
  const { code, publicMessage, facts } = refusal({
    messages: [{ role: 'user', content: [{ type: 'file', file: { file_id: 'file-1' } }] }],
  });
  expect([code, facts.param]).toEqual(['unsupported', 'messages[0].content[0].file.file_id']);
  expect(publicMessage).toContain('base64');
});
