import { expect, test } from 'vitest';
import { editStep } from '../../src/demo/edit-scenario.ts';

const tool = (name: string, properties: Record<string, unknown>) => ({
  toolSpec: { name, inputSchema: { json: { type: 'object', properties } } },
});
const text = { type: 'string' };
const prompt = 'Please demo:edit {"path":"a.txt","old":"it\'s 1/2","new":"x & y"} now';

function ask(tools: ReturnType<typeof tool>[], results = 0, said = prompt) {
  const turns = Array.from({ length: results }, (_, at) => [
    { role: 'assistant' as const, content: [{ toolUse: { toolUseId: `t${at}`, name: 'x', input: {} } }] },
    { role: 'user' as const, content: [{ toolResult: { toolUseId: `t${at}`, content: [{ text: 'ok' }] } }] },
  ]);
  return editStep({
    messages: [{ role: 'user', content: [{ text: said }] }, ...turns.flat()],
    system: [],
    inferenceConfig: {},
    toolConfig: { tools },
    additionalModelRequestFields: {},
  });
}

const read = tool('Read', { file_path: text });
const edit = tool('Edit', { file_path: text, old_string: text, new_string: text });
const shell = tool('exec_command', { cmd: text });
const patch = tool('apply_patch', { input: text });

test('it looks at the file, changes it by the client’s own edit tool, and is done', () => {
  const input = { file_path: 'a.txt', old_string: "it's 1/2", new_string: 'x & y' };
  expect(ask([edit, read])).toMatchObject({ tool: { name: 'Read' }, input: { file_path: 'a.txt' } });
  expect(ask([edit, read], 1)).toMatchObject({ tool: { name: 'Edit' }, input });
  expect(ask([edit, read], 2)).toBe('done');
});

test('a tool that reads several files is given one', () => {
  const several = tool('read_files', { files: { type: 'array', items: { type: 'object' } } });
  expect(ask([several, edit])).toMatchObject({ tool: { name: 'read_files' }, input: { files: [{ path: 'a.txt' }] } });
});

test('a patch tool gets Codex’s patch language; with a shell alone the text is replaced by sed', () => {
  expect(ask([shell, patch], 1)).toMatchObject({
    input: { input: "*** Begin Patch\n*** Update File: a.txt\n@@\n-it's 1/2\n+x & y\n*** End Patch" },
  });
  expect(ask([shell], 1)).toMatchObject({ input: { cmd: `sed -i.bak 's/it'\\''s 1\\/2/x \\& y/' 'a.txt'` } });
  const list = tool('shell', { command: { type: 'array', items: text } });
  expect(ask([list])).toMatchObject({ input: { command: ['bash', '-lc', "cat 'a.txt'"] } });
});

test('without the words, or without a tool that would do, the model answers as always', () => {
  expect(ask([edit], 0, 'Please edit a.txt')).toBeUndefined();
  expect(ask([edit], 0, 'demo:edit {"path":1}')).toBeUndefined();
  expect(ask([tool('get_weather', { city: text })])).toBeUndefined();
});

test('a prompt that a client handed on inside a JSON string is understood', () => {
  expect(ask([edit], 0, JSON.stringify({ prompt }))).toMatchObject({ tool: { name: 'Edit' } });
});
