import { isObject, type JsonObject } from '../base/json.ts';
import { toolSchema } from '../converse/json-schema.ts';
import type { ResponseFormat } from '../converse/options.ts';
import type { Tool } from '../converse/request.ts';
import type { Draft } from './draft.ts';
import { strictSchema } from './strict-schema.ts';

type JsonSchemaFormat = Extract<ResponseFormat, { type: 'json_schema' }>;

/**
 * Holds the answer to the client's format: by the model's own means where it has them, else by a tool whose input is
 * the answer (`restore` streams it as text), else by an instruction (cases 63–67).
 */
export function structureOutput(draft: Draft): void {
  const format = draft.options.responseFormat;
  if (!format) return;
  if (format.type === 'json_object') {
    instruct(draft, 'Answer with one JSON object and nothing else: no prose, no code fence.');
    draft.note(
      'JSON asked for by instruction',
      'Converse has no JSON mode without a schema; a code fence round the answer is taken off',
    );
  } else if (draft.row.structuredOutput) {
    useOwnFormat(draft, format);
  } else if (draft.row.tools && isObjectSchema(format.schema)) {
    useAnswerTool(draft, format);
  } else {
    instruct(draft, `Answer with JSON alone, by this JSON schema: ${JSON.stringify(format.schema)}`);
    draft.note(
      'schema asked for by instruction',
      'the model can neither enforce a schema nor call a tool with it; a code fence round the answer is taken off',
    );
  }
}

function isObjectSchema(schema: JsonObject): boolean {
  return schema['type'] === 'object' || isObject(schema['properties']);
}

function useOwnFormat(draft: Draft, format: JsonSchemaFormat): void {
  const schema = JSON.stringify(strictSchema(format.schema));
  if (schema !== JSON.stringify(format.schema)) {
    draft.note('schema adapted', 'keywords that the model cannot enforce moved to descriptions');
  }
  const jsonSchema = {
    schema,
    name: format.name.replace(/[^a-zA-Z0-9_-]/g, '_').slice(0, 64) || 'answer',
    ...(format.description && { description: format.description }),
  };
  draft.request = {
    ...draft.request,
    outputConfig: { textFormat: { type: 'json_schema', structure: { jsonSchema } } },
  };
}

/**
 * Beside the client's own tools the model may call any of them; with none, it must call this one. Where it cannot be
 * forced (a thinking model, or one that knows `auto` alone), it is told to.
 */
function useAnswerTool(draft: Draft, format: JsonSchemaFormat): void {
  const { row, request } = draft;
  const tools = request.toolConfig?.tools ?? [];
  const name = freeName(tools);
  const description = `${format.description ? `${format.description} ` : ''}Call this tool to give your final answer; its input is the answer.`;
  const json = toolSchema(format.schema);
  if (json !== format.schema) draft.note('tool schema adapted', 'Converse wants one plain object schema per tool');
  const tool: Tool = { toolSpec: { name, description, inputSchema: { json } } };
  const forceable = !(draft.thinking && row.reasoning && !row.reasoning.forcedToolChoice);
  const alone = !tools.some((known) => 'toolSpec' in known);
  const choice = alone && row.toolChoice.includes('tool') ? { tool: { name } } : { any: {} };
  const forced = forceable && (alone ? row.toolChoice.some((kind) => kind !== 'auto') : row.toolChoice.includes('any'));
  draft.request = { ...request, toolConfig: { tools: [...tools, tool], ...(forced && { toolChoice: choice }) } };
  draft.answerTool = { name, ownProperties: isObject(properties(format.schema)['properties']) };
  draft.note('schema enforced by a tool', 'the model has no structured output of its own');
  if (!forced) instruct(draft, `Give your final answer only by calling the tool ${name}, with no text beside it.`);
}

function properties(schema: JsonObject): JsonObject {
  const known = schema['properties'];
  return isObject(known) ? (known as JsonObject) : {}; // a JSON value that is an object
}

function freeName(tools: readonly Tool[]): string {
  const taken = new Set(tools.map((tool) => ('toolSpec' in tool ? tool.toolSpec.name : '')));
  let name = 'json_answer';
  for (let round = 2; taken.has(name); round++) name = `json_answer_${round}`;
  return name;
}

function instruct(draft: Draft, text: string): void {
  draft.request = { ...draft.request, system: [...(draft.request.system ?? []), { text }] };
}
