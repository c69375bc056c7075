import fc from 'fast-check';
import { parse } from 'smol-toml';
import { describe, expect, test } from 'vitest';
import { setInToml } from '../../src/config/edit-toml.ts';

const file = `# my settings
upstream = "bedrock" # not the demo

[listen]   # where
  port = 4242   # the old one was taken
hosts = [
  "a:1", # first
  "b:2",
]

[models.aliases]
fast = "bedrock-haiku"

[[budgets]]
period = "day"
usd = 10
`;

describe('one value changes, and everything else stays as it was', () => {
  test('an existing value keeps its place, its indent and its comment', () => {
    expect(setInToml(file, ['listen', 'port'], 5000)).toBe(file.replace('4242', '5000'));
    expect(setInToml(file, ['upstream'], 'demo')).toBe(file.replace('"bedrock" #', '"demo" #'));
  });

  test('a value over several lines is replaced as a whole', () => {
    const changed = setInToml(file, ['listen', 'hosts'], ['c:3']);
    expect(changed).toContain('hosts = ["c:3"]\n\n[models.aliases]');
  });

  test('a new value goes to the end of its table, before the blank line', () => {
    expect(setInToml(file, ['models', 'aliases', 'best'], 'bedrock-opus')).toContain(
      'fast = "bedrock-haiku"\nbest = "bedrock-opus"\n\n[[budgets]]',
    );
    expect(setInToml(file, ['listen', 'host'], '::1')).toContain(']\nhost = "::1"\n\n[models');
  });

  test('a new table goes to the end, and a value at the top before all tables', () => {
    expect(setInToml(file, ['aws', 'region'], 'eu-west-1').endsWith('usd = 10\n\n[aws]\nregion = "eu-west-1"\n')).toBe(
      true,
    );
    const strict = setInToml(file, ['strict'], true);
    expect(parse(strict)['strict']).toBe(true);
    expect(strict.indexOf('strict')).toBeLessThan(strict.indexOf('[listen]'));
  });

  test('Windows line ends stay', () => {
    const windows = file.replaceAll('\n', '\r\n');
    expect(setInToml(windows, ['listen', 'port'], 5000)).toBe(windows.replace('4242', '5000'));
    expect(setInToml(windows, ['aws', 'region'], 'eu-west-1')).toBe(`${windows}\r\n[aws]\r\nregion = "eu-west-1"\r\n`);
  });

  test('a setting written with dots is found', () => {
    expect(setInToml('listen.port = 1 # x\n', ['listen', 'port'], 2)).toBe('listen.port = 2 # x\n');
  });

  test('a # inside a string is no comment', () => {
    expect(setInToml('a = "x # y" # z\n', ['a'], 'q')).toBe('a = "q" # z\n');
  });

  test('unset takes the line out, and an empty file is a file', () => {
    expect(setInToml(file, ['listen', 'port'], undefined)).toBe(file.replace(/ {2}port.*\n/, ''));
    expect(setInToml('', ['aws', 'region'], 'eu-west-1')).toBe('[aws]\nregion = "eu-west-1"\n');
    expect(setInToml('', ['aws', 'region'], undefined)).toBe('');
  });

  test('an inline table is refused, not damaged', () => {
    expect(() => setInToml('listen = { port = 1 }\n', ['listen', 'port'], 2)).toThrow('cannot be changed');
  });

  test('for any text and any value: what was set is what is read, and comments stay', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.constantFrom('listen', 'aws', 'new table'),
        fc.stringMatching(/^[a-z.-]{1,12}$/),
        (value, table, key) => {
          const changed = setInToml(file, [table, key], value);
          const read = parse(changed) as Record<string, Record<string, unknown>>;
          expect(read[table]?.[key]).toBe(value);
          for (const comment of ['# my settings', '# not the demo', '# the old one was taken'])
            expect(changed).toContain(comment);
        },
      ),
      { numRuns: 200 },
    );
  });
});
