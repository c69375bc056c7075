import type { JsonObject } from '../../base/json.ts';
import type { Answer, Block } from '../../converse/events.ts';
import type { ReasoningBlock } from '../../converse/request.ts';
import { unwrapCustomInput } from '../custom-tool.ts';
import type { AnswerContext } from '../format.ts';
import { isWholeInput, type Outcome, outcomeOf } from '../outcome.ts';
import { sealReasoning } from '../reasoning-envelope.ts';
import { toolInput } from '../tool-schema.ts';
import { annotationOf } from './annotations.ts';
import { type ItemPrefix, itemId } from './ids.ts';
import type { ResponsesRequest } from './schema.ts';
import { type Toolbox, toolboxOf } from './toolbox.ts';

type Text = Extract<Block, { kind: 'text' }>;
type Call = Extract<Block, { kind: 'tool' }>;
/** How far an item or a response is. */
export type Status = 'in_progress' | 'completed' | 'incomplete';

/** An answer's blocks as output items: neighbouring texts are parts of one message, everything else is an item of its own. */
export function outputItems(
  { blocks, end }: Answer,
  { request, requestId }: AnswerContext<ResponsesRequest>,
  { sealed }: { sealed: boolean },
): JsonObject[] {
  const box = toolboxOf(request);
  const outcome = outcomeOf(end.stopReason, hasCalls(blocks));
  const groups = grouped(blocks);
  return groups.map((group, at) => {
    const isLast = at === groups.length - 1;
    const status = isLast && isCutOff(outcome) ? 'incomplete' : 'completed';
    const id = (prefix: ItemPrefix): string => itemId(prefix, requestId, at);
    if (Array.isArray(group)) return messageItem(id('msg'), group.map(textPart), status);
    if (group.kind === 'tool')
      return callItem(id(callPrefix(box, group.name)), group, box, callStatus(group.input, status));
    return reasoningItem(id('rs'), thoughtOf(group), sealed);
  });
}

/** Whether an answer calls a tool. */
export const hasCalls = (blocks: readonly Block[]): boolean => blocks.some(({ kind }) => kind === 'tool');

/** Whether the last item of such an answer may lack its end. */
export function isCutOff(outcome: Outcome): boolean {
  return outcome === 'max_tokens' || outcome === 'context_window' || outcome === 'filtered' || outcome === 'refused';
}

type Thinking = Extract<Block, { kind: 'reasoning' | 'redacted' }>;

/** Blocks that no output item can hold are left out, and do not part a message. */
function grouped(blocks: readonly Block[]): (Text[] | Call | Thinking)[] {
  const groups: (Text[] | Call | Thinking)[] = [];
  for (const block of blocks) {
    if (block.kind === 'other') continue;
    const last = groups.at(-1);
    if (block.kind !== 'text') groups.push(block);
    else if (Array.isArray(last)) last.push(block);
    else groups.push([block]);
  }
  return groups;
}

/** The item for a message of the model's. */
export function messageItem(id: string, content: JsonObject[], status: Status): JsonObject {
  return { id, type: 'message', status, role: 'assistant', content };
}

/** A text as a part of a message, with its citations as annotations. */
export function textPart({ text, citations }: Pick<Text, 'text' | 'citations'>): JsonObject {
  const annotations = (citations ?? []).flatMap((citation) => annotationOf(citation, text) ?? []);
  return { type: 'output_text', text, annotations, logprobs: [] };
}

/** A block of thinking as Converse takes it back. */
export function thoughtOf(block: Thinking): ReasoningBlock {
  if (block.kind === 'redacted') return { redactedContent: block.data };
  const { text, signature } = block;
  return { reasoningText: signature === undefined ? { text } : { text, signature } };
}

/** Thinking is shown as a summary, the only part of it that clients display; `sealed` adds what lets it come back. */
export function reasoningItem(id: string, thought: ReasoningBlock, sealed: boolean): JsonObject {
  const text = 'reasoningText' in thought ? thought.reasoningText.text : '';
  return {
    id,
    type: 'reasoning',
    summary: text === '' ? [] : [{ type: 'summary_text', text }],
    ...(sealed ? { encrypted_content: sealReasoning([{ block: thought }]) } : {}),
  };
}

const prefixes = { function: 'fc', custom: 'ctc', tool_search: 'tsc' } as const;

/** How the id of a call's item begins: it tells the kind of the tool. */
export function callPrefix(box: Toolbox, name: string): ItemPrefix {
  return prefixes[box.callable.get(name)?.kind ?? 'function'];
}

/** A call whose JSON is broken although it had the time to end is the client's to judge; one that was cut off is incomplete. */
export function callStatus(input: string, status: Status): Status {
  return status === 'incomplete' && isWholeInput(input) ? 'completed' : status;
}

/** A call under the client's own name for the tool: with JSON arguments, or a custom tool's raw text (case 35). */
export function callItem(id: string, call: Omit<Call, 'kind'>, box: Toolbox, status: Status): JsonObject {
  const tool = box.callable.get(call.name);
  if (tool?.kind === 'tool_search') {
    const execution = 'client';
    return { id, type: 'tool_search_call', call_id: call.id, execution, status, arguments: toolInput(call.input) };
  }
  const shared = {
    id,
    call_id: call.id,
    name: tool?.name ?? call.name,
    ...(tool?.namespace === undefined ? {} : { namespace: tool.namespace }),
  };
  if (tool?.kind === 'custom') {
    return { ...shared, type: 'custom_tool_call', status, input: unwrapCustomInput(call.input) };
  }
  return { ...shared, type: 'function_call', status, arguments: call.input === '' ? '{}' : call.input };
}
