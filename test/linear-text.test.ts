import { describe, expect, test } from 'vitest';
import { jsonDepth } from '../src/base/json.ts';
import { safeWords } from '../src/base/safe-words.ts';
import { answerText } from '../src/bedrock/answer-text.ts';
import { createCatalogue } from '../src/bedrock/catalogue.ts';
import { unfenced } from '../src/bedrock/code-fence.ts';
import { httpFailure } from '../src/bedrock/failures.ts';
import { readJsonCalls } from '../src/bedrock/json-calls.ts';
import { readSectionedCalls } from '../src/bedrock/sectioned-calls.ts';
import type { Event } from '../src/converse/events.ts';
import { createScrubber } from '../src/observe/scrub.ts';
import { finderOf } from '../src/policy/detect/detector.ts';
import { personalDetectors } from '../src/policy/detect/personal.ts';
import { secretDetectors } from '../src/policy/detect/secrets.ts';
import { customInputUnwrapper } from '../src/wire/custom-tool.ts';
import { cleanBase64 } from '../src/wire/media.ts';
import { stripDisplay } from '../src/wire/openai-chat/displayed-thinking.ts';
import { processorMs } from './processor-time.ts';

/* What reads a model's or a client's text takes four times the work for four times the text, whatever the text is. */

const length = 30_000;
const pieceLength = 3;

/** What a text begins with, and what then comes again and again. */
const texts: readonly (readonly [string, string])[] = [
  ...[' ', '\n', '"', '{', '}', '[', '\\', '0', '@', '<', '`', "'", 'a.', '\n ', ' }', '` '].map(
    (run) => ['', run] as const,
  ),
  ...['```json\n{"a":"', '```json\n', '{"properties":{"a":"', '{"input":', '{"input":"', 'Here: ```'].flatMap((start) =>
    [' ', '}', '`', '\\', '\n'].map((run) => [start, run] as const),
  ),
  ['[read(path="', '\\'],
  ['[read(path=', '['],
  ['<function=read>', '{'],
  ['<function=read>', ' '],
  ['', '<function=read>'],
  ['', '[read('],
  ['', '\n{"name":"read"'],
  ['', '<|tool_call_begin|>'],
  ['<|tool_call_begin|>', ' '],
  ['x', '<think>\n'],
  ['', '<think>\n\n</think>'],
  ['', '\n<details type="reasoning">'],
  ['<details ', 'type="reasoning" '],
  ['', 'eyJ-'],
  ['', 'eyJaaaaaaaa.'],
  ['', '<style>'],
  ['', '<!--'],
  ['<script>', '</script '],
  ['', '-----BEGIN PRIVATE KEY-----'],
  ['', 'Bearer '],
  ['', ':foundation-model/'],
  ['', '+1 23 '],
];

/** Gives a text to something that reads a stream. */
function streamed({ push, end }: { push(text: string): unknown; end(): unknown }, text: string): void {
  for (let at = 0; at < text.length; at += pieceLength) push(text.slice(at, at + pieceLength));
  end();
}

function restored(restore: (batch: readonly Event[]) => unknown, text: string): void {
  restore([{ type: 'open', index: 0, block: { kind: 'text' } }]);
  streamed(
    {
      push: (piece) => restore([{ type: 'delta', index: 0, kind: 'text', text: piece }]),
      end: () => restore([{ type: 'close', index: 0 }]),
    },
    text,
  );
}

const find = finderOf([...personalDetectors, ...secretDetectors]);
const { scrub } = createScrubber();
const { resolve } = createCatalogue({
  region: 'eu-central-1',
  defaultModel: 'bedrock-sonnet',
  unknownModels: 'default',
  aliases: {},
});
const where = { region: 'eu-central-1', model: 'm', host: 'h', signIn: '', now: 0 };

const readers: Record<string, (text: string) => unknown> = {
  'a fenced answer, in pieces': (text) =>
    streamed(
      unfenced(() => {}),
      text,
    ),
  'a fenced answer, whole': (text) => unfenced(() => {}).push(text),
  'an answer by a tool': (text) => streamed(answerText(false), text),
  'calls of Llama': (text) => restored(readJsonCalls(new Set(['read'])), text),
  'calls of Kimi': (text) => restored(readSectionedCalls(), text),
  'a custom tool’s text': (text) => streamed(customInputUnwrapper(), text),
  'thinking in history': (text) => stripDisplay(text, 'think', []),
  'the search for secrets': find,
  'the last scrubber': scrub,
  'words of AWS': safeWords,
  'a page in place of an answer': (text) => httpFailure(502, {}, text, where),
  'the name of a model': (text) => resolve(`x${text}\n`),
  base64: cleanBase64,
  'depth of JSON': (text) => jsonDepth(text, 64),
};

describe.each(Object.entries(readers))('%s', (_, read) => {
  test('takes work in proportion to the text', () => {
    const work = (start: string, run: string, size: number): number => {
      const text = start + run.repeat(Math.ceil(size / run.length));
      return processorMs(() => read(text));
    };
    // Twice the proportion, and what the collector of garbage may take.
    const isSlow = (start: string, run: string): boolean =>
      work(start, run, 4 * length) > 8 * work(start, run, length) + 150;
    // What is slow by its nature is slow each time; a busy machine is not.
    const slow = texts.filter(([start, run]) => [1, 2, 3].every(() => isSlow(start, run)));
    expect(slow).toEqual([]);
  }, 120_000);
});
