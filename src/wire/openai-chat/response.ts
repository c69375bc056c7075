import type { JsonObject, JsonValue } from '../../base/json.ts';
import type { Answer, Block } from '../../converse/events.ts';
import type { ReasoningBlock } from '../../converse/request.ts';
import { unwrapCustomInput } from '../custom-tool.ts';
import type { AnswerContext } from '../format.ts';
import { isWholeInput } from '../outcome.ts';
import { sealReasoning, type Thought } from '../reasoning-envelope.ts';
import { type AnswerShape, answerShape, citationFields } from './answer-shape.ts';
import { type Calls, completionId, finishReason, serviceTierOf, systemFingerprint, usageOf } from './ending.ts';
import { carriers, extraContent } from './reasoning.ts';
import type { ChatRequest } from './schema.ts';

/** The `chat.completion` object of one or several answers, as OpenAI's published schema has it. */
export function toChatCompletion(answers: readonly Answer[], context: AnswerContext<ChatRequest>): JsonObject {
  const shape = answerShape(context);
  const [first] = answers;
  const usage = usageOf(answers.map(({ end }) => end));
  return {
    id: completionId(context.requestId),
    object: 'chat.completion',
    created: context.created,
    model: context.model,
    ...(first ? { system_fingerprint: systemFingerprint(first.served), ...serviceTierOf(first.end) } : {}),
    choices: answers.map((answer, index) => choice(answer, index, shape)),
    ...(usage ? { usage } : {}),
  };
}

function choice(answer: Answer, index: number, shape: AnswerShape): JsonObject {
  const { message, calls } = messageOf(answer.blocks, shape);
  return { index, message, logprobs: null, finish_reason: finishReason(answer.end.stopReason, calls, shape.legacy) };
}

/** What a message is gathered in; lists of extra fields grow, and empty ones stay out. */
type Draft = {
  content: string;
  thinking: string;
  hasText: boolean;
  thoughts: Thought[];
  /** How many of the thoughts stand with a call already. */
  taken: number;
  calls: JsonObject[];
  extra: Record<string, JsonValue[]>;
};

function messageOf(blocks: readonly Block[], shape: AnswerShape): { message: JsonObject; calls: Calls } {
  const draft: Draft = { content: '', thinking: '', hasText: false, thoughts: [], taken: 0, calls: [], extra: {} };
  let calls: Calls = 'none';
  for (const block of blocks) {
    addBlock(draft, block, shape);
    if (block.kind === 'tool' && calls !== 'cut') calls = isWholeInput(block.input) ? 'whole' : 'cut';
  }
  const { field } = { field: undefined, ...shape.thinking };
  const message: JsonObject = {
    role: 'assistant',
    content: draft.content === '' && draft.calls.length > 0 ? null : draft.content,
    refusal: null,
    ...(field && draft.thinking !== '' ? { [field]: draft.thinking } : {}),
    ...(shape.copilot && draft.thoughts.length > 0 ? { reasoning_opaque: sealReasoning(draft.thoughts) } : {}),
    ...callFields(draft.calls, shape.legacy),
    ...draft.extra,
  };
  return { message, calls };
}

function addBlock(draft: Draft, block: Block, shape: AnswerShape): void {
  switch (block.kind) {
    case 'text': {
      const start = draft.content.length;
      draft.content += block.text;
      draft.hasText ||= block.text !== '';
      gather(draft, citationFields(block.citations ?? [], start, draft.content.length));
      break;
    }
    case 'reasoning': {
      const { thinking } = shape;
      if (thinking && 'open' in thinking && block.text !== '')
        draft.content += thinking.open + block.text + thinking.close;
      else draft.thinking += block.text;
      if (block.signature === undefined) break;
      carry(draft, { reasoningText: { text: block.text, signature: block.signature } });
      break;
    }
    case 'redacted':
      carry(draft, { redactedContent: block.data });
      break;
    case 'tool':
      draft.calls.push({ ...callOf(block, shape), ...(shape.aiSdk ? callExtra(draft) : {}) });
      break;
    case 'other':
      gather(draft, { bedrock_content: [block.value] });
      break;
    default:
      block satisfies never;
  }
}

/** How many blocks stand before the next thought, as the client will count them when it sends the message back. */
const placeIn = (draft: Draft): number => draft.thoughts.length + draft.calls.length + (draft.hasText ? 1 : 0);

function carry(draft: Draft, block: ReasoningBlock): void {
  const place = placeIn(draft);
  gather(draft, carriers(block, place));
  draft.thoughts.push({ block, place });
}

/** The thoughts since the call before, for a client that keeps them with the call alone. */
function callExtra(draft: Draft): JsonObject {
  const fresh = draft.thoughts.slice(draft.taken);
  draft.taken = draft.thoughts.length;
  return fresh.length > 0 ? { extra_content: extraContent(fresh) } : {};
}

function gather(draft: Draft, lists: JsonObject): void {
  for (const [name, list] of Object.entries(lists)) {
    if (Array.isArray(list)) draft.extra[name] = [...(draft.extra[name] ?? []), ...list];
  }
}

function callOf({ id, name, input }: Block & { kind: 'tool' }, shape: AnswerShape): JsonObject {
  const custom = shape.custom.get(name);
  if (custom === 'nested') return { id, type: 'custom', custom: { name, input: unwrapCustomInput(input) } };
  const args = custom === 'flat' ? unwrapCustomInput(input) : input.trim() === '' ? '{}' : input;
  return { id, type: 'function', function: { name, arguments: args } };
}

/** The legacy field has room for one call, and one at most was asked of the model. */
function callFields(calls: readonly JsonObject[], legacy: boolean): JsonObject {
  const [first] = calls;
  if (!first) return {};
  return legacy && first['function'] ? { function_call: first['function'] } : { tool_calls: [...calls] };
}
