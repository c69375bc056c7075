import { expect, test } from 'vitest';
import { byteLength } from '../../src/converse/media-limits.ts';
import { imageSize } from '../../src/wire/image-size.ts';
import { cleanBase64, documentFormat, parseDataUrl, sniffImage } from '../../src/wire/media.ts';
import { audioBlock, fileBlock, imageBlock, readDataUrl, videoBlock } from '../../src/wire/media-blocks.ts';

const base64 = (...parts: (string | number[])[]): string =>
  Buffer.concat(
    parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part))),
  ).toString('base64');

const images = {
  png: base64('\x89PNG\r\n\x1a\n', [0, 0, 0, 13], 'IHDR', [0, 0, 1, 2, 0, 0, 3, 4]),
  gif: base64('GIF89a', [2, 1, 4, 3, 0, 0]),
  jpeg: base64([0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xff, 0xc2, 0, 17, 8, 3, 4, 1, 2, 3], [0, 0, 0]),
  webp: base64('RIFF', [30, 0, 0, 0], 'WEBPVP8X', [10, 0, 0, 0, 0, 0, 0, 0], [1, 1, 0], [3, 3, 0]),
} as const;
const lossless = base64(
  'RIFF',
  [30, 0, 0, 0],
  'WEBPVP8L',
  [10, 0, 0, 0, 0x2f],
  [0x01, 0xc1, 0xc0, 0x00],
  [0, 0, 0, 0, 0, 0],
);
const lossy = base64('RIFF', [30, 0, 0, 0], 'WEBPVP8 ', [10, 0, 0, 0, 0, 0, 0, 0x9d, 1, 0x2a], [2, 1, 4, 3]);

test('case 68: the format is what the magic bytes say, whatever type was declared', () => {
  for (const [format, data] of Object.entries(images)) {
    expect(sniffImage(data)).toBe(format);
    expect(imageBlock(data, 'p')).toEqual({ image: { format, source: { bytes: data } } });
  }
  expect(sniffImage(base64('%PDF-1.7'))).toBeUndefined();
  expect(() => imageBlock(base64('plain text'), 'messages[0]')).toThrow(/PNG, JPEG, GIF or WebP/);
});

test('an image knows its size, in each format', () => {
  expect(imageSize(images.png)).toEqual({ width: 0x102, height: 0x304 });
  expect(imageSize(images.gif)).toEqual({ width: 0x102, height: 0x304 });
  expect(imageSize(images.jpeg)).toEqual({ width: 0x102, height: 0x304 });
  expect(imageSize(images.webp)).toEqual({ width: 0x102, height: 0x304 });
  expect(imageSize(lossy)).toEqual({ width: 0x102, height: 0x304 });
  expect(imageSize(lossless)).toEqual({ width: 0x102, height: 0x304 });
});

test('a header that is cut anywhere gives no size and no error', () => {
  for (const data of [...Object.values(images), lossless, lossy]) {
    const bytes = Buffer.from(data, 'base64');
    for (let cut = 0; cut < bytes.length; cut++) {
      expect(() => imageSize(bytes.subarray(0, cut).toString('base64'))).not.toThrow();
    }
  }
});

test('data URLs are read with odd types, parameters, line breaks, missing padding and percent encoding', () => {
  expect(parseDataUrl('data:image/png; charset=utf-8;base64,aGk=')).toEqual({ mediaType: 'image/png', data: 'aGk=' });
  expect(parseDataUrl('DATA:image/JPG;BASE64,aGk')).toEqual({ mediaType: 'image/jpg', data: 'aGk=' });
  expect(parseDataUrl('data:;base64,aG\nk=')).toEqual({ mediaType: '', data: 'aGk=' });
  expect(parseDataUrl('data:text/plain,h%69')).toEqual({ mediaType: 'text/plain', data: 'aGk=' });
  expect(parseDataUrl('data:text/plain,%')).toBeUndefined();
  expect(parseDataUrl('data:image/png;base64,***')).toBeUndefined();
  expect(parseDataUrl('https://example.com/a.png')).toBeUndefined();
});

test('base64 is brought to the standard alphabet, and refused when it is none', () => {
  expect(cleanBase64('-_8')).toBe('+/8=');
  expect(cleanBase64('AAAAA')).toBeUndefined();
  expect(byteLength('aGk=')).toBe(2);
  expect(byteLength('aGkh')).toBe(3);
});

test('case 69: a remote URL is refused, and the message says what to send', () => {
  expect(() => readDataUrl('https://example.com/a.png', 'messages[0].content[1].image_url.url')).toThrow(
    expect.objectContaining({
      code: 'unsupported',
      facts: expect.objectContaining({
        param: 'messages[0].content[1].image_url.url',
        fix: expect.stringMatching(/data URL.*media\.remote/),
      }),
    }),
  );
});

test('case 70: an image above the limit on raw bytes or pixels is refused with the numbers', () => {
  const large = Buffer.alloc(3_932_161);
  Buffer.from(images.png, 'base64').copy(large);
  expect(() => imageBlock(large.toString('base64'), 'p')).toThrow(/3932161 bytes.*3932160 bytes/);
  expect(imageBlock(large.subarray(0, 3_932_160).toString('base64'), 'p')).toHaveProperty('image.format', 'png');
  const wide = base64('\x89PNG\r\n\x1a\n', [0, 0, 0, 13], 'IHDR', [0, 0, 0x1f, 0x41, 0, 0, 0, 1]);
  expect(() => imageBlock(wide, 'p')).toThrow(/8001 × 1 pixels/);
});

test('a file is known by its bytes first, then by name and type', () => {
  const text = base64('a,b\n1,2\n');
  const zip = base64('PK\x03\x04rest');
  const ole = base64('\xd0\xcf\x11\xe0rest');
  expect(documentFormat(base64('%PDF-1.4 …'), 'x.txt')).toBe('pdf');
  expect(documentFormat(text, 'x.csv')).toBe('csv');
  expect(documentFormat(text, '', 'text/markdown')).toBe('md');
  expect(documentFormat(text, 'main.ts')).toBe('txt');
  expect(documentFormat(text, 'a.constructor', '__proto__')).toBe('txt');
  expect(documentFormat(zip, 'x.docx')).toBe('docx');
  expect(documentFormat(zip, '', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet')).toBe('xlsx');
  expect(documentFormat(zip, 'x.zip')).toBeUndefined();
  expect(documentFormat(ole, 'x.xls')).toBe('xls');
  expect(documentFormat(ole, 'x.doc')).toBe('doc');
  expect(documentFormat(base64([1, 0, 2]))).toBeUndefined();
});

test('a file that is a picture becomes an image block', () => {
  expect(fileBlock({ base64: images.gif, filename: 'a.pdf' }, () => 'a', 'p')).toHaveProperty('image.format', 'gif');
  expect(() => fileBlock({ base64: '' }, () => 'a', 'p')).toThrow(/not empty/);
  expect(() => fileBlock({ base64: base64([1, 0, 2]) }, () => 'a', 'p')).toThrow(/pdf, csv, doc/);
  const large = Buffer.alloc(4_718_593, 'a').toString('base64');
  expect(() => fileBlock({ base64: large }, () => 'a', 'p')).toThrow(/4718593 bytes.*4718592 bytes/);
});

test('audio and video go by their names and types', () => {
  expect(audioBlock('aGk=', 'audio/x-wav', 'p')).toEqual({ audio: { format: 'wav', source: { bytes: 'aGk=' } } });
  expect(audioBlock('aGk=', 'x-aac', 'p')).toHaveProperty('audio.format', 'x-aac');
  expect(() => audioBlock('aGk=', 'midi', 'p')).toThrow(/audio format/);
  expect(videoBlock('data:video/quicktime;base64,aGk=', 'p')).toHaveProperty('video.format', 'mov');
  expect(() => videoBlock('data:video/ogg;base64,aGk=', 'p')).toThrow(/video/);
});
