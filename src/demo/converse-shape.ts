import type { Shape } from './shape.ts';

/*
 * The Converse request of the service model "bedrock-runtime 2023-09-30" with its limits and enums. Members that the
 * model does not have are refused here, although the service's front may let some pass: what is sent must be exact.
 */

const text = (limits: Omit<Shape & { kind: 'text' }, 'kind'> = {}): Shape => ({ kind: 'text', ...limits });
const oneOf = (...values: string[]): Shape => ({ kind: 'text', oneOf: values });
const list = (of: Shape, min?: number, max?: number): Shape => ({
  kind: 'list',
  of,
  ...(min === undefined ? {} : { min }),
  ...(max === undefined ? {} : { max }),
});
const structure = (members: Record<string, Shape>, required: string[] = []): Shape => ({
  kind: 'structure',
  members,
  required,
});
const union = (name: string, members: Record<string, Shape>): Shape => ({ kind: 'union', name, members });
const boolean: Shape = { kind: 'boolean' };
const anything: Shape = { kind: 'document' };
const bytes: Shape = { kind: 'bytes', min: 1 };

const toolName = text({ min: 1, max: 64, pattern: '[a-zA-Z0-9_-]+' });
const toolUseId = text({ min: 1, max: 64, pattern: '[a-zA-Z0-9_.:-]+' });
const cachePoint = structure({ type: oneOf('default'), ttl: oneOf('5m', '1h') }, ['type']);
const citations = structure({ enabled: boolean }, ['enabled']);
const s3Location = structure(
  {
    uri: text({ min: 1, max: 1024, pattern: 's3://[a-z0-9][.\\-a-z0-9]{1,61}[a-z0-9](/.*)?' }),
    bucketOwner: text({ pattern: '[0-9]{12}' }),
  },
  ['uri'],
);
const source = (name: string): Shape => union(name, { bytes, s3Location });
const error = structure({ message: text() });

const image = structure({ format: oneOf('png', 'jpeg', 'gif', 'webp'), source: source('ImageSource'), error }, [
  'format',
  'source',
]);
const document = structure(
  {
    format: oneOf('pdf', 'csv', 'doc', 'docx', 'xls', 'xlsx', 'html', 'txt', 'md'),
    name: text({ min: 1, max: 200 }),
    source: union('DocumentSource', {
      bytes,
      s3Location,
      text: text(),
      content: list(union('DocumentContentBlock', { text: text() })),
    }),
    context: text(),
    citations,
  },
  ['name', 'source'],
);
const video = structure(
  {
    format: oneOf('mkv', 'mov', 'mp4', 'webm', 'flv', 'mpeg', 'mpg', 'wmv', 'three_gp'),
    source: source('VideoSource'),
  },
  ['format', 'source'],
);
const audio = structure(
  {
    format: oneOf(
      'mp3',
      'opus',
      'wav',
      'aac',
      'flac',
      'mp4',
      'ogg',
      'mkv',
      'mka',
      'x-aac',
      'm4a',
      'mpeg',
      'mpga',
      'pcm',
      'webm',
    ),
    source: source('AudioSource'),
    error,
  },
  ['format', 'source'],
);
const searchResult = structure(
  { source: text(), title: text(), content: list(structure({ text: text() }, ['text'])), citations },
  ['source', 'title', 'content'],
);
const guardContent = union('GuardrailConverseContentBlock', {
  text: structure({ text: text(), qualifiers: list(oneOf('grounding_source', 'query', 'guard_content')) }, ['text']),
  image: structure({ format: oneOf('png', 'jpeg'), source: union('GuardrailConverseImageSource', { bytes }) }, [
    'format',
    'source',
  ]),
});
const toolReference = structure(
  {
    tool: structure({
      type: text({ min: 1, max: 64 }),
      name: text({ min: 1, max: 128 }),
      serverName: text({ min: 1, max: 128 }),
    }),
  },
  ['tool'],
);

const contentBlock = union('ContentBlock', {
  text: text(),
  image,
  document,
  video,
  audio,
  toolUse: structure({ toolUseId, name: toolName, input: anything, type: oneOf('server_tool_use') }, [
    'toolUseId',
    'name',
    'input',
  ]),
  toolResult: structure(
    {
      toolUseId,
      content: list(
        union('ToolResultContentBlock', { json: anything, text: text(), image, document, video, searchResult }),
      ),
      status: oneOf('success', 'error'),
      type: text(),
    },
    ['toolUseId', 'content'],
  ),
  guardContent,
  cachePoint,
  reasoningContent: union('ReasoningContentBlock', {
    reasoningText: structure({ text: text(), signature: text() }, ['text']),
    redactedContent: { kind: 'bytes', min: 0 },
  }),
  citationsContent: structure({
    content: list(union('CitationGeneratedContent', { text: text() })),
    citations: list(anything),
  }),
  searchResult,
  toolAddition: toolReference,
  toolRemoval: toolReference,
});

const metadataText = '[a-zA-Z0-9\\s:_@$#=/+,\\-.]*';

const tool = union('Tool', {
  toolSpec: structure(
    {
      name: toolName,
      description: text({ min: 1 }),
      inputSchema: union('ToolInputSchema', { json: { kind: 'object' } }),
      strict: boolean,
    },
    ['name', 'inputSchema'],
  ),
  systemTool: structure({ name: toolName }, ['name']),
  cachePoint,
});

const members: Record<string, Shape> = {
  messages: list(
    structure({ role: oneOf('user', 'assistant', 'system'), content: list(contentBlock) }, ['role', 'content']),
  ),
  system: list(union('SystemContentBlock', { text: text({ min: 1 }), guardContent, cachePoint })),
  inferenceConfig: structure({
    maxTokens: { kind: 'number', min: 1, whole: true },
    temperature: { kind: 'number', min: 0, max: 1 },
    topP: { kind: 'number', min: 0, max: 1 },
    stopSequences: list(text({ min: 1 }), 0, 2500),
  }),
  toolConfig: structure(
    {
      tools: list(tool),
      toolChoice: union('ToolChoice', {
        auto: structure({}),
        any: structure({}),
        tool: structure({ name: toolName }, ['name']),
      }),
    },
    ['tools'],
  ),
  guardrailConfig: structure({
    guardrailIdentifier: text({ max: 2048 }),
    guardrailVersion: text({ pattern: '|([1-9][0-9]{0,7})|(DRAFT)' }),
    trace: oneOf('enabled', 'disabled', 'enabled_full'),
    streamProcessingMode: oneOf('sync', 'async'),
  }),
  additionalModelRequestFields: { kind: 'object' },
  promptVariables: { kind: 'object' },
  additionalModelResponseFieldPaths: list(text({ min: 1, max: 256, pattern: '/.*' }), 0, 10),
  requestMetadata: {
    kind: 'map',
    key: text({ min: 1, max: 256, pattern: metadataText }),
    value: text({ max: 256, pattern: metadataText }),
    min: 1,
    max: 16,
  },
  performanceConfig: structure({ latency: oneOf('standard', 'optimized') }),
  serviceTier: structure({ type: oneOf('priority', 'default', 'flex', 'reserved') }, ['type']),
  outputConfig: structure({
    textFormat: structure(
      {
        type: oneOf('json_schema'),
        structure: union('OutputFormatStructure', {
          jsonSchema: structure({ schema: text(), name: text(), description: text() }, ['schema']),
        }),
      },
      ['type', 'structure'],
    ),
    effort: text({ max: 16 }),
  }),
};

/** The body of Converse and ConverseStream. */
export const converseShape: Shape = structure(members, ['messages']);
