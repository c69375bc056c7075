import type { JsonObject } from '../../base/json.ts';
import type { BlockKind, End, Event, Served } from '../../converse/events.ts';
import { customInputUnwrapper } from '../custom-tool.ts';
import { type AnswerShape, citationFields } from './answer-shape.ts';
import { type Calls, finishReason, isWholeInput, serviceTierOf } from './ending.ts';
import { carriers } from './reasoning.ts';

/** The fixed text round each chunk of a choice: made once, when its `start` came. */
export type ChunkFrame = {
  /** Up to and with `"delta":{`. */
  head: string;
  /** From the delta's `}` to the blank line. */
  tail: string;
  /** What stands between `"finish_reason":` and the blank line on the last chunk. */
  afterReason: string;
};

/** A call that is open: the text round a fragment of its arguments, and all that came so far. */
type OpenCall = {
  before: string;
  after: string;
  input: string;
  sent: boolean;
  unwrap?: ReturnType<typeof customInputUnwrapper>;
};

export type ChoiceChunks = { push(events: readonly Event[]): string; end(): End | undefined };

/**
 * The chunks of one choice. This is the hot path: a text delta costs one `JSON.stringify` of a string and no object.
 * `frame` is asked once, with what the `start` event knows.
 */
export function choiceChunks(shape: AnswerShape, frame: (served: Served) => ChunkFrame): ChoiceChunks {
  let { head, tail, afterReason } = { head: '', tail: '', afterReason: '' };
  let contentHead = '';
  let thinkingHead = '';
  let textLength = 0;
  let marksLength = 0;
  let blockStart = 0;
  let thoughts = 0;
  let tools = 0;
  let thinking = '';
  let signature: string | undefined;
  let citations: JsonObject[] = [];
  let open: BlockKind | undefined;
  let call: OpenCall | undefined;
  let calls: Calls = 'none';
  let ended: End | undefined;
  const marks = shape.thinking && 'open' in shape.thinking ? shape.thinking : undefined;

  const chunk = (members: string): string => head + members + tail;
  const fields = (members: JsonObject): string => chunk(JSON.stringify(members).slice(1, -1));
  const place = (): number => thoughts + tools + (textLength > 0 ? 1 : 0);

  const mark = (text: string): string => {
    marksLength += text.length;
    return contentHead + JSON.stringify(text) + tail;
  };

  const begin = (served: Served): string => {
    ({ head, tail, afterReason } = frame(served));
    contentHead = `${head}"content":`;
    if (shape.thinking && 'field' in shape.thinking) thinkingHead = `${head}"${shape.thinking.field}":`;
    return chunk('"role":"assistant","content":""');
  };

  const reasoning = (text: string): string => {
    const isFirst = thinking === '';
    thinking += text;
    if (marks) {
      marksLength += text.length;
      return (isFirst ? mark(marks.open) : '') + contentHead + JSON.stringify(text) + tail;
    }
    return thinkingHead === '' ? '' : thinkingHead + JSON.stringify(text) + tail;
  };

  const openBlock = (block: BlockKind): string => {
    open = block;
    switch (block.kind) {
      case 'text':
        blockStart = textLength + marksLength;
        return '';
      case 'reasoning':
        thinking = '';
        signature = undefined;
        return '';
      case 'redacted': {
        const carrier = fields(carriers({ redactedContent: block.data }, place()));
        thoughts++;
        return carrier;
      }
      case 'tool':
        return openCall(block.id, block.name);
      case 'other':
        return fields({ bedrock_content: [block.value] });
      default:
        return block satisfies never;
    }
  };

  /** Tool indices are dense and count tools only, whatever blocks stand between (case 39). */
  const openCall = (id: string, name: string): string => {
    const index = tools++;
    const isLegacyCall = shape.legacy && index === 0;
    const before = isLegacyCall
      ? '"function_call":{"arguments":'
      : `"tool_calls":[{"index":${index},"function":{"arguments":`;
    const after = isLegacyCall ? '}' : '}}]';
    const unwrap = shape.custom.has(name) ? { unwrap: customInputUnwrapper() } : {};
    call = { before: head + before, after: after + tail, input: '', sent: false, ...unwrap };
    const opening = { name, arguments: '' };
    return fields(
      isLegacyCall ? { function_call: opening } : { tool_calls: [{ index, id, type: 'function', function: opening }] },
    );
  };

  const callDelta = (text: string): string => {
    if (!call || text === '') return '';
    call.input += text;
    const shown = call.unwrap ? call.unwrap.push(text) : text;
    if (shown === '') return '';
    call.sent = true;
    return call.before + JSON.stringify(shown) + call.after;
  };

  const closeCall = (closing: OpenCall): string => {
    if (calls !== 'cut') calls = isWholeInput(closing.input) ? 'whole' : 'cut';
    const rest = closing.unwrap ? closing.unwrap.end() : closing.input.trim() === '' && !closing.sent ? '{}' : '';
    return rest === '' ? '' : closing.before + JSON.stringify(rest) + closing.after;
  };

  const closeReasoning = (): string => {
    const closing = marks && thinking !== '' ? mark(marks.close) : '';
    if (signature === undefined) return closing;
    const members = carriers({ reasoningText: { text: thinking, signature } }, place());
    thoughts++;
    return closing + fields(shape.copilot ? { ...members, reasoning_opaque: signature } : members);
  };

  const closeBlock = (): string => {
    const closed = open;
    open = undefined;
    if (closed?.kind === 'tool' && call) return closeCall(call);
    if (closed?.kind === 'reasoning') return closeReasoning();
    if (citations.length === 0) return '';
    const members = citationFields(citations, blockStart, textLength + marksLength);
    citations = [];
    return fields(members);
  };

  const finish = (end: End): string => {
    ended = end;
    const reason = finishReason(end.stopReason, calls, shape.legacy);
    const tier = JSON.stringify(serviceTierOf(end)).slice(1, -1);
    return `${head}},"finish_reason":"${reason}"}]${tier === '' ? '' : `,${tier}`}${afterReason}`;
  };

  const rare = (event: Exclude<Event, { type: 'delta' }>): string => {
    switch (event.type) {
      case 'start':
        return begin(event.served);
      case 'open':
        return openBlock(event.block);
      case 'signature':
        signature = (signature ?? '') + event.signature;
        return '';
      case 'citation':
        citations.push(event.citation);
        return '';
      case 'close':
        return closeBlock();
      case 'end':
        return finish(event.end);
      default:
        return event satisfies never;
    }
  };

  const push = (events: readonly Event[]): string => {
    let out = '';
    for (const event of events) {
      if (event.type !== 'delta') {
        out += rare(event);
      } else if (event.kind === 'text') {
        textLength += event.text.length;
        out += contentHead + JSON.stringify(event.text) + tail;
      } else {
        out += event.kind === 'tool' ? callDelta(event.text) : reasoning(event.text);
      }
    }
    return out;
  };
  return { push, end: () => ended };
}
