import { expect, test } from 'vitest';
import { clients } from '../../src/connect/client-list.ts';
import { editSettings } from '../../src/connect/edit-settings.ts';

const place = {
  root: 'http://127.0.0.1:4141',
  baseUrl: 'http://127.0.0.1:4141/v1',
  models: [
    { name: 'bedrock-sonnet', title: 'Claude Sonnet', contextTokens: 200_000, maxOutputTokens: 64_000 },
    { name: 'bedrock-haiku', title: 'Claude Haiku', contextTokens: 200_000, maxOutputTokens: 64_000 },
  ],
};
const surroundings = { env: {}, platform: 'linux', home: '/home/me' } as const;

async function edited(format: 'jsonc' | 'yaml' | 'toml', text: string, edits: Parameters<typeof editSettings>[2]) {
  const result = await editSettings(format, text, edits);
  if ('refusal' in result) throw new Error(result.refusal);
  return result.text;
}

test('JSON with comments: comments, order, indent and trailing commas stay', async () => {
  const before = `// mine
{
    "theme": "One Dark", // dark
    /* servers */
    "language_models": {
        "ollama": { "api_url": "http://localhost:11434" },
    },
}
`;
  expect(await edited('jsonc', before, [{ at: ['language_models', 'x', 'api_url'], value: 'u' }])).toBe(`// mine
{
    "theme": "One Dark", // dark
    /* servers */
    "language_models": {
        "ollama": { "api_url": "http://localhost:11434" },
        "x": {
            "api_url": "u"
        },
    },
}
`);
});

test.each([
  ['a table on one line', '{ "a": { "b": 1 } }\n', '{ "a": { "b": 1, "c": 2 } }\n', ['a', 'c']],
  ['an empty table', '{\n\t"a": {}\n}\n', '{\n\t"a": {\n\t\t"c": 2\n\t}\n}\n', ['a', 'c']],
  ['a value that is there', '{\r\n  "a": [1, // one\r\n 2]\r\n}\r\n', '{\r\n  "a": 2\r\n}\r\n', ['a']],
  ['Windows line ends', '{\r\n  "a": 1\r\n}\r\n', '{\r\n  "a": 1,\r\n  "c": 2\r\n}\r\n', ['c']],
])('JSON: %s', async (_, before, after, at) => {
  expect(await edited('jsonc', before, [{ at, value: 2 }])).toBe(after);
});

test('a byte order mark stays, in every format', async () => {
  expect(await edited('jsonc', '\uFEFF{ "a": 1 }\r\n', [{ at: ['c'], value: 2 }])).toBe('\uFEFF{ "a": 1, "c": 2 }\r\n');
  expect(await edited('yaml', '\uFEFFa: 1\n', [{ at: ['c'], value: 2 }])).toBe('\uFEFFa: 1\nc: 2\n');
  expect(await edited('toml', '\uFEFFa = 1\n', [{ at: ['c'], value: 2 }])).toBe('\uFEFFa = 1\nc = 2\n');
});

test('YAML: Windows line ends stay', async () => {
  expect(await edited('yaml', '# mine\r\na: 1\r\nb:\r\n  - x # one\r\n', [{ at: ['c'], value: 2 }])).toBe(
    '# mine\r\na: 1\r\nb:\r\n  - x # one\r\nc: 2\r\n',
  );
});

test('YAML: comments stay, and an item of the same name is replaced, not doubled', async () => {
  const before = `# my config
name: mine # keep
models:
  # the first
  - name: A
    model: a
  - name: B
    model: old
`;
  const item = { name: 'B', model: 'new' };
  const after = await edited('yaml', before, [
    { at: ['name'], value: 'my configuration' },
    { at: ['models'], key: 'name', item },
    { at: ['models'], key: 'name', item: { name: 'C', model: 'c' } },
  ]);
  expect(after).toBe(`# my config
name: mine # keep
models:
  # the first
  - name: A
    model: a
  - name: B
    model: new
  - name: C
    model: c
`);
});

test('TOML: values are set in their tables, remarks at the end of a line stay', async () => {
  const before = `# mine
model = "gpt-5" # the usual

[mcp_servers.docs]
command = "docs"

# how I like it
[tui]
theme = "x"
`;
  const after = await edited('toml', before, [
    { at: ['model'], value: 'bedrock-sonnet' },
    { at: ['model_provider'], value: 'claude-bedrock' },
    { at: ['model_providers', 'claude-bedrock', 'base_url'], value: 'http://127.0.0.1:4141/v1' },
    { at: ['mcp_servers', 'docs', 'cwd'], value: 'C:\\me "x"' },
  ]);
  expect(after).toBe(`# mine
model = "bedrock-sonnet" # the usual
model_provider = "claude-bedrock"

[mcp_servers.docs]
command = "docs"
cwd = "C:\\\\me \\"x\\""

# how I like it
[tui]
theme = "x"

[model_providers.claude-bedrock]
base_url = "http://127.0.0.1:4141/v1"
`);
});

test.each([
  ['an inline table', 'model_providers = { openai = { name = "x" } }\n'],
  ['an inline table of the whole', 'model_providers.claude-bedrock = { base_url = "old" }\n'],
])('a TOML file that writes the same place as %s is refused, not spoilt', async (_, before) => {
  const result = await editSettings('toml', before, [
    { at: ['model_providers', 'claude-bedrock', 'base_url'], value: 'u' },
  ]);
  expect(result).toEqual({ refusal: expect.stringContaining('safely') });
});

test.each([
  ['dotted keys', 'model_providers.x.base_url = "old" # mine\n', 'model_providers.x.base_url = "u" # mine\n'],
  [
    'a text over several lines that looks like the table',
    'note = """\n[model_providers.x]\n"""\n',
    'note = """\n[model_providers.x]\n"""\n\n[model_providers.x]\nbase_url = "u"\n',
  ],
  [
    'Windows line ends',
    '[model_providers.x]\r\nname = "x"\r\n',
    '[model_providers.x]\r\nname = "x"\r\nbase_url = "u"\r\n',
  ],
])('TOML with %s is edited', async (_, before, after) => {
  expect(await edited('toml', before, [{ at: ['model_providers', 'x', 'base_url'], value: 'u' }])).toBe(after);
});

test.each([
  ['jsonc', '{ "a": '],
  ['yaml', 'a: [1, 2'],
  ['toml', 'a = '],
] as const)('a %s file that is broken is left alone', async (format, text) => {
  expect(await editSettings(format, text, [{ at: ['b'], value: 1 }])).toEqual({
    refusal: expect.stringContaining('not valid'),
  });
});

test('something else where a table should be is left alone', async () => {
  expect(await editSettings('jsonc', '{"env": "x"}', [{ at: ['env', 'A'], value: '1' }])).toEqual({
    refusal: 'env.A holds something else',
  });
});

test.each(clients.filter(({ file }) => file).map((client) => [client.name, client] as const))(
  '%s: a new file holds what it needs and no key, and a second time changes nothing',
  async (_, { file }) => {
    if (!file) throw new Error('no file');
    const edits = file.edits(place, surroundings);
    const text = await edited(file.format, '', edits);
    expect(text).toMatch(/127\.0\.0\.1:4141|host\.docker\.internal:4141/);
    expect(text).not.toMatch(/sk-/);
    expect(await edited(file.format, text, edits)).toBe(text);
  },
);

test('each client says what to do, and names the proxy’s address where there is no file', () => {
  for (const client of clients) {
    const steps = client.steps(place).join('\n');
    expect([client.name, steps.length > 10]).toEqual([client.name, true]);
    if (!client.file && client.name !== 'cursor')
      expect([client.name, steps]).toEqual([client.name, expect.stringContaining('4141')]);
  }
});
