import { newId } from '../base/ids.ts';
import type { Event } from '../converse/events.ts';
import { blockPen } from './block-pen.ts';
import { controlTokens, type Piece } from './control-tokens.ts';
import type { Restorer } from './restore.ts';

/** Both spellings of the section occur in the wild. */
const sectionBegin = ['<|tool_calls_section_begin|>', '<|tool_call_section_begin|>'];
const sectionEnd = ['<|tool_calls_section_end|>', '<|tool_call_section_end|>'];
const callBegin = '<|tool_call_begin|>';
const argumentBegin = '<|tool_call_argument_begin|>';
const callEnd = '<|tool_call_end|>';
const tokens = [...sectionBegin, ...sectionEnd, callBegin, argumentBegin, callEnd];

type Place = 'prose' | 'section' | 'name' | 'input';

/**
 * Makes calls of the tool calls that a Kimi model writes into its text or its thinking, as its own control tokens:
 * `<|tool_call_begin|>functions.read:0<|tool_call_argument_begin|>{…}<|tool_call_end|>` (case 33,
 * anomalyco/opencode#13807). The input streams on as it comes; a batch that is held back whole gives an empty one.
 */
export function readSectionedCalls(): Restorer {
  const pen = blockPen();
  let scan: { kind: 'text' | 'reasoning'; tokens: ReturnType<typeof controlTokens> } | undefined;
  let place: Place = 'prose';
  let name = '';
  let said = false;
  let called = false;

  const endCall = (): void => {
    if (place === 'input') {
      if (!said) pen.say('tool', '{}');
      pen.close();
    }
    name = '';
  };
  const beginCall = (): void => {
    // The model's own ids count from zero in every answer.
    pen.begin({ kind: 'tool', id: newId('tooluse_', 22), name: toolName(name) });
    place = 'input';
    said = false;
    called = true;
  };
  const atToken = (token: string): void => {
    if (token === argumentBegin) {
      if (place === 'name') beginCall();
      return;
    }
    if (place === 'name' && name.trim() !== '') beginCall();
    endCall();
    if (token === callBegin) place = 'name';
    else place = sectionEnd.includes(token) ? 'prose' : 'section';
  };
  const words = (kind: 'text' | 'reasoning', text: string): void => {
    if (place === 'name') name += text;
    else if (place === 'input') {
      const input = said ? text : text.trimStart();
      if (input === '') return;
      said = true;
      pen.say('tool', input);
    } else {
      const outside = place === 'section' ? text.trimStart() : text;
      if (outside === '') return;
      place = 'prose';
      pen.say(kind, outside);
    }
  };
  const write = (kind: 'text' | 'reasoning', pieces: readonly Piece[]): void => {
    for (const piece of pieces) {
      if ('token' in piece) atToken(piece.token);
      else words(kind, piece.text);
    }
  };
  const open = (event: Event & { type: 'open' }): void => {
    const { block } = event;
    if (block.kind === 'text' || block.kind === 'reasoning') scan = { kind: block.kind, tokens: controlTokens(tokens) };
    // A block of text may turn out to be nothing but calls: it opens with its first word.
    if (block.kind !== 'text') pen.begin(block);
  };
  const inside = (event: Extract<Event, { index: number }>): void => {
    if (scan && event.type === 'delta') write(scan.kind, scan.tokens.push(event.text));
    else if (event.type === 'close') close();
    else pen.add(event);
  };
  const close = (): void => {
    if (scan) {
      words(scan.kind, scan.tokens.end());
      endCall(); // cut off: half an input stays half, half a name is no call
      place = 'prose';
      scan = undefined;
    }
    pen.close();
  };

  return (batch) => {
    for (const event of batch) {
      if (event.type === 'open') open(event);
      else if ('index' in event) inside(event);
      else if (event.type === 'end') pen.end(event, called);
      else pen.pass(event);
    }
    return pen.take();
  };
}

/** `functions.read:0` → `read`. */
const toolName = (id: string): string =>
  id
    .trim()
    .replace(/^functions\./, '')
    .replace(/:\d+$/, '');
