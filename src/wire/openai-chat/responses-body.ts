import { isObject } from '../../base/json.ts';
import { invalid } from '../refuse.ts';

type Loose = Record<string, unknown>;

/**
 * Cursor sends Responses-shaped bodies to the chat route (case 110): `input` beside `messages` that are null, empty or
 * absent. They become chat bodies here, one message per item, before anything else looks at them; tools and choices are
 * read in either shape anyway. A body with messages is given back untouched.
 */
export function chatBody(body: unknown): { chat: unknown; inputOffset?: number } {
  if (!isObject(body)) return { chat: body };
  const { input, messages, instructions, max_output_tokens, text, ...rest } = body;
  const isStub = messages === null || messages === undefined || (Array.isArray(messages) && messages.length === 0);
  if (!isStub || input === null || input === undefined) return { chat: body };
  const opening =
    typeof instructions === 'string' && instructions !== '' ? [{ role: 'system', content: instructions }] : [];
  const items = typeof input === 'string' ? [{ role: 'user', content: input }] : input;
  if (!Array.isArray(items)) throw invalid('input', "'input' must be a string or an array of items.");
  const format = isObject(text) ? text : {};
  return {
    chat: {
      ...rest,
      messages: [...opening, ...items.map(messageOfItem)],
      ...given('max_completion_tokens', max_output_tokens),
      ...given('verbosity', format['verbosity']),
      ...given('response_format', nestedFormat(format['format'])),
    },
    inputOffset: opening.length,
  };
}

const given = (name: string, value: unknown): Loose => (value === null || value === undefined ? {} : { [name]: value });

/** Responses keep the schema's members beside `type`, Chat Completions one level down. */
function nestedFormat(format: unknown): unknown {
  if (!isObject(format) || format['type'] !== 'json_schema' || format['json_schema']) return format;
  const { type, ...schema } = format;
  return { type, json_schema: schema };
}

function messageOfItem(item: unknown, index: number): unknown {
  if (!isObject(item)) return item;
  const id = item['call_id'] ?? item['id'];
  const calls = (call: Loose): Loose => ({ role: 'assistant', content: null, tool_calls: [{ id, ...call }] });
  switch (item['type']) {
    case undefined:
    case 'message':
      return item;
    case 'function_call':
      return calls({ type: 'function', function: { name: item['name'], arguments: item['arguments'] } });
    case 'custom_tool_call':
      return calls({ type: 'custom', custom: { name: item['name'], input: item['input'] } });
    case 'function_call_output':
    case 'custom_tool_call_output':
      return { role: 'tool', tool_call_id: id, content: item['output'] };
    case 'reasoning':
      return { role: 'assistant', content: [{ type: 'reasoning' }] };
    default:
      throw invalid(
        `input[${index}].type`,
        `Items of type '${String(item['type'])}' are not understood on /chat/completions; send a Responses request to /v1/responses.`,
      );
  }
}
