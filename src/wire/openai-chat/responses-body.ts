import { isObject } from '../../base/json.ts';
import { type InputItem, parseItem } from '../openai-responses/schema.ts';
import { invalid } from '../refuse.ts';

type Loose = Record<string, unknown>;

/** Items of a Responses body that no chat message can be, by the place of the message that stands for them. */
export type Items = ReadonlyMap<number, InputItem>;

/**
 * Cursor sends Responses-shaped bodies to the chat route (case 110): `input` beside `messages` that are null, empty or
 * absent. Their fields get their chat names here, before anything else looks at them; messages in `input` are read as
 * chat messages, tools and choices in either shape anyway, and all other items as the Responses API reads them. A body
 * with messages is given back untouched.
 */
export function chatBody(body: unknown): { chat: unknown; inputOffset?: number; items?: Items } {
  if (!isObject(body)) return { chat: body };
  const { input, messages, instructions, max_output_tokens, text, ...rest } = body;
  const isStub = messages === null || messages === undefined || (Array.isArray(messages) && messages.length === 0);
  if (!isStub || input === null || input === undefined) return { chat: body };
  const opening =
    typeof instructions === 'string' && instructions !== '' ? [{ role: 'system', content: instructions }] : [];
  const said: unknown = typeof input === 'string' ? [{ role: 'user', content: input }] : input;
  if (!Array.isArray(said)) throw invalid('input', "'input' must be a string or an array of items.");
  const items = new Map<number, InputItem>();
  const turns = said.map((item: unknown, index) => {
    if (!isOtherItem(item)) return item;
    items.set(index + opening.length, parseItem(item, `input[${index}]`));
    return { role: 'assistant' };
  });
  const format = isObject(text) ? text : {};
  return {
    chat: {
      ...rest,
      messages: [...opening, ...turns],
      ...given('max_completion_tokens', max_output_tokens),
      ...given('verbosity', format['verbosity']),
      ...given('response_format', nestedFormat(format['format'])),
    },
    inputOffset: opening.length,
    items,
  };
}

const isOtherItem = (item: unknown): boolean =>
  isObject(item) && item['type'] !== undefined && item['type'] !== 'message';

const given = (name: string, value: unknown): Loose => (value === null || value === undefined ? {} : { [name]: value });

/** Responses keep the schema's members beside `type`, Chat Completions one level down. */
function nestedFormat(format: unknown): unknown {
  if (!isObject(format) || format['type'] !== 'json_schema' || format['json_schema']) return format;
  const { type, ...schema } = format;
  return { type, json_schema: schema };
}
