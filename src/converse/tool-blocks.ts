import { isObject, type JsonObject, type JsonValue, parsedJson } from '../base/json.ts';
import type { Note } from './notes.ts';
import type { ContentBlock, Message, ToolResultContent } from './request.ts';
import { rewriteList } from './rewrite-list.ts';
import { isBlank } from './turns.ts';

const noOutput: ToolResultContent = { text: '(no output)' };

/** Gives each tool call an object as input and each result something to say; results travel as text, never as JSON. */
export function checkToolBlocks(messages: Message[], note: Note): Message[] {
  return rewriteList(messages, (message) => {
    const content = rewriteList(message.content, (block) => lawfulBlock(block, note));
    return content === message.content ? message : { role: message.role, content };
  });
}

function lawfulBlock(block: ContentBlock, note: Note): ContentBlock {
  if ('toolUse' in block) {
    if (isObject(block.toolUse.input)) return block;
    note('tool input made an object', 'Converse takes only an object as the input of a tool call');
    return { toolUse: { ...block.toolUse, input: inputObject(block.toolUse.input) } };
  }
  if ('toolResult' in block) {
    const content = resultContent(block.toolResult.content, note);
    return content === block.toolResult.content ? block : { toolResult: { ...block.toolResult, content } };
  }
  return block;
}

function inputObject(input: JsonValue): JsonObject {
  if (input === null || input === '') return {};
  if (typeof input !== 'string') return { value: input };
  const parsed = parsedJson(input);
  return isObject(parsed) ? (parsed as JsonObject) : { value: input }; // JSON.parse gives JSON values only
}

/** `json` must be an object without `__type` (maximhq/bifrost#5762) and text must not be blank, so both become safe text. */
function resultContent(content: ToolResultContent[], note: Note): ToolResultContent[] {
  const spoken = rewriteList(content, (item) => {
    if ('json' in item) return { text: JSON.stringify(item.json) };
    if ('text' in item && isBlank(item.text)) return undefined;
    return item;
  });
  if (spoken === content && content.length > 0) return content;
  if (spoken.length > 0) {
    note('tool result sent as text', 'Converse takes neither blank text nor every JSON value in a tool result');
    return spoken;
  }
  note('empty tool result filled', 'some models refuse a tool result without content');
  return [noOutput];
}
