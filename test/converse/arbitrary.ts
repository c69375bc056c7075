import fc from 'fast-check';
import type { JsonObject } from '../../src/base/json.ts';
import type { ContentBlock, ConverseRequest, Message, Tool, ToolResultContent } from '../../src/converse/request.ts';

/* Requests as careless clients write them: every block in every role, ids that repeat, blank texts, bad names. */

const words = fc.constantFrom('', ' ', '\n', 'Hello.', 'Read src/a.ts', 'ünïcode ✓', 'trailing ');
const unique = fc.uuid().map((id) => `text ${id}`);
const text = fc.oneof(words, unique);
const id = fc.constantFrom('a', 'b', 'call_0', 'call|fc_1', 'x'.repeat(70), '');
const toolName = fc.constantFrom('read_file', 'mcp.server/tool', 'web-search', 'y'.repeat(80));
const input = fc.constantFrom({}, { path: 'a' }, '', null, '{"a":1}', 'not json', 7, [1]);
const image = fc.constant({ image: { format: 'png' as const, source: { bytes: 'iVBORw0KGgo=' } } });
const document = fc.record({
  document: fc.record({
    name: fc.constantFrom('a.pdf', 'My  report_1.txt', '报告', 'plain'),
    source: fc.constantFrom({ bytes: 'JVBERi0=' }, { text: 'words of a document' }),
  }),
});
const resultContent: fc.Arbitrary<ToolResultContent> = fc.oneof(
  fc.record({ text }),
  fc.record({ json: fc.constantFrom<(null | number[] | { __type: string })[]>(null, [1], { __type: 'x' }) }),
  image,
);
const signature = fc.constantFrom('EqQB', 'not base64!');

const anyBlock: fc.Arbitrary<ContentBlock> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ text }) },
  { weight: 1, arbitrary: image },
  { weight: 1, arbitrary: document },
  { weight: 1, arbitrary: fc.constant({ audio: { format: 'mp3' as const, source: { bytes: 'AAAA' } } }) },
  { weight: 3, arbitrary: fc.record({ toolUse: fc.record({ toolUseId: id, name: toolName, input }) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      toolResult: fc.record(
        {
          toolUseId: id,
          content: fc.array(resultContent, { maxLength: 2 }),
          status: fc.constantFrom('success' as const, 'error' as const),
        },
        { requiredKeys: ['toolUseId', 'content'] },
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      reasoningContent: fc.oneof(
        fc.record({ reasoningText: fc.record({ text: words, signature }, { requiredKeys: ['text'] }) }),
        fc.constant({ redactedContent: 'AAAA' }),
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      cachePoint: fc.constantFrom(
        { type: 'default' as const },
        { type: 'default' as const, ttl: '5m' as const },
        { type: 'default' as const, ttl: '1h' as const },
      ),
    }),
  },
);

const anyMessages: fc.Arbitrary<Message[]> = fc
  .array(
    fc.record({
      role: fc.constantFrom(
        'user' as const,
        'user' as const,
        'assistant' as const,
        'assistant' as const,
        'system' as const,
      ),
      content: fc.array(anyBlock, { maxLength: 4 }),
    }),
    { maxLength: 10 },
  )
  .filter(
    (messages) => messages.flatMap((message) => message.content).filter((block) => 'document' in block).length <= 5,
  );

const schema = fc.constantFrom<JsonObject[]>(
  { type: 'object', properties: { a: { type: 'string' } } },
  {},
  {
    type: 'object',
    $defs: { n: { properties: { n: { $ref: '#/$defs/n' } } } },
    properties: { n: { $ref: '#/$defs/n' } },
  },
  {
    type: 'object',
    properties: { 'filter[id]': { type: 'any', required: true }, pair: { items: [{ type: 'FLOAT' }] } },
  },
  { anyOf: [{ properties: { a: { type: 'string' } }, required: ['a'] }, { type: 'null' }] },
);
const tool: fc.Arbitrary<Tool> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      toolSpec: fc.record(
        { name: toolName, description: words, inputSchema: fc.record({ json: schema }), strict: fc.boolean() },
        { requiredKeys: ['name', 'inputSchema'] },
      ),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ cachePoint: { type: 'default' as const } }) },
);

export const anyRequest: fc.Arbitrary<ConverseRequest> = fc.record(
  {
    messages: anyMessages,
    system: fc.array(fc.oneof(fc.record({ text }), fc.constant({ cachePoint: { type: 'default' as const } })), {
      maxLength: 3,
    }),
    toolConfig: fc.record(
      {
        tools: fc.array(tool, { maxLength: 4 }),
        toolChoice: fc.constantFrom({ auto: {} }, { any: {} }, { tool: { name: 'read_file' } }),
      },
      { requiredKeys: ['tools'] },
    ),
    inferenceConfig: fc.record(
      {
        maxTokens: fc.constantFrom(1, 0.5, 100, 1e9),
        temperature: fc.constantFrom(0, 0.5, 2, Number.NaN),
        topP: fc.constantFrom(0.1, 1, -1),
        stopSequences: fc.array(fc.constantFrom('', 'END', '\n'), { maxLength: 3 }),
      },
      { requiredKeys: [] },
    ),
    requestMetadata: fc.dictionary(fc.string(), fc.string()),
  },
  { requiredKeys: ['messages'] },
);

/** Every piece of text that a person wrote, as it would have to be found again. */
export function writtenTexts(request: ConverseRequest): string[] {
  const pieces: string[] = [];
  for (const message of request.messages) {
    for (const block of message.content) {
      if ('text' in block) pieces.push(block.text);
      if ('toolResult' in block)
        for (const item of block.toolResult.content) if ('text' in item) pieces.push(item.text);
      if ('document' in block && 'text' in block.document.source) pieces.push(block.document.source.text);
    }
  }
  for (const block of request.system ?? []) if ('text' in block) pieces.push(block.text);
  return pieces.filter((piece) => piece.trim() !== '');
}
