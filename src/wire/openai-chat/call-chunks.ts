import { customInputUnwrapper } from '../custom-tool.ts';
import { isWholeInput } from '../outcome.ts';
import type { Thought } from '../reasoning-envelope.ts';
import type { AnswerShape } from './answer-shape.ts';
import type { ChunkPen } from './chunk-pen.ts';
import type { Calls } from './ending.ts';
import { extraContent } from './reasoning.ts';

/** The open call: the text round a fragment of its arguments, and the input so far. */
type OpenCall = {
  before: string;
  after: string;
  input: string;
  /** `function_call` has room for one call. */
  hidden: boolean;
  unwrap?: ReturnType<typeof customInputUnwrapper>;
};

export type CallChunks = {
  /** `thoughts`: those that stand before the call, where its client keeps them with it. */
  open(pen: ChunkPen, id: string, name: string, thoughts: readonly Thought[]): string;
  delta(fragment: string): string;
  close(): string;
  /** How many calls were opened, and whether all of them are whole. */
  count(): number;
  state(): Calls;
};

/** Tool calls as chunks: index, id, type and name first, then fragments of the arguments. */
export function callChunks(shape: AnswerShape): CallChunks {
  let count = 0;
  let state: Calls = 'none';
  let call: OpenCall | undefined;

  const open: CallChunks['open'] = (pen, id, name, thoughts) => {
    const index = count++; // dense, tools only, whatever blocks stand between (case 39)
    const before = shape.legacy
      ? '"function_call":{"arguments":'
      : `"tool_calls":[{"index":${index},"function":{"arguments":`;
    const after = shape.legacy ? '}' : '}}]';
    const unwrap = shape.custom.has(name) ? { unwrap: customInputUnwrapper() } : {};
    const hidden = shape.legacy && index > 0;
    call = { before: pen.head + before, after: after + pen.tail, input: '', hidden, ...unwrap };
    if (hidden) return '';
    const opening = { name, arguments: '' };
    if (shape.legacy) return pen.fields({ function_call: opening });
    const extra = thoughts.length > 0 ? { extra_content: extraContent(thoughts) } : {};
    return pen.fields({ tool_calls: [{ index, id, type: 'function', function: opening, ...extra }] });
  };

  const delta = (fragment: string): string => {
    if (!call || fragment === '') return '';
    call.input += fragment;
    if (call.hidden) return '';
    const shown = call.unwrap ? call.unwrap.push(fragment) : fragment;
    return shown === '' ? '' : call.before + JSON.stringify(shown) + call.after;
  };

  const close = (): string => {
    if (!call) return '';
    if (state !== 'cut') state = isWholeInput(call.input) ? 'whole' : 'cut';
    if (call.hidden) return '';
    // A tool without arguments brings no fragment at all, and clients parse what they have (case 24).
    const rest = call.unwrap ? call.unwrap.end() : call.input.trim() === '' ? '{}' : '';
    return rest === '' ? '' : call.before + JSON.stringify(rest) + call.after;
  };

  return { open, delta, close, count: () => count, state: () => state };
}
