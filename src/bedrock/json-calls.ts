import { newId } from '../base/ids.ts';
import { blockPen } from './block-pen.ts';
import { beginsCall, type CallPlace, callsIn, longestHead } from './call-spellings.ts';
import { controlTokens } from './control-tokens.ts';
import type { Restorer } from './restore.ts';

const pythonTag = '<|python_tag|>';
const functionTag = '<function=';
const tokens = [pythonTag, functionTag, '<|eom_id|>', '<|eot_id|>'];

/**
 * Makes calls of the tool calls that a Llama writes as text (case 33, langchain-ai/langchain-aws#174): as JSON, as Python
 * `[read(path="a")]`, or as `<function=read>{…}</function>`. They count when they are the rest of their block, from its
 * beginning, from the beginning of a line, or behind a token that begins a call; and only calls of tools that were given,
 * so that an answer that is JSON stays one. Held back is only text that begins as such a call does.
 */
export function readJsonCalls(given: ReadonlySet<string>): Restorer {
  const pen = blockPen();
  const text = maybeCalls(given, (words) => pen.say('text', words));
  let scan: ReturnType<typeof controlTokens> | undefined;
  let called = false;

  const endBlock = (rest: string): void => {
    text.add(rest);
    for (const { name, input } of text.end()) {
      pen.begin({ kind: 'tool', id: newId('tooluse_', 22), name });
      pen.say('tool', input);
      called = true;
    }
    pen.close();
  };
  const push = (words: string, tokensOf: ReturnType<typeof controlTokens>): void => {
    for (const piece of tokensOf.push(words)) {
      if ('text' in piece) text.add(piece.text);
      else if (piece.token === pythonTag) text.mark('');
      else if (piece.token === functionTag) text.mark(functionTag);
    }
  };

  return (batch) => {
    for (const event of batch) {
      if (event.type === 'open' && event.block.kind === 'text') {
        scan = controlTokens(tokens);
        text.begin();
      } else if (event.type === 'open') pen.begin(event.block);
      else if (event.type === 'end') pen.end(event, called);
      else if (!('index' in event)) pen.pass(event);
      else if (scan && event.type === 'delta') push(event.text, scan);
      else if (event.type !== 'close') pen.add(event);
      else {
        if (scan) endBlock(scan.end());
        else pen.close();
        scan = undefined;
      }
    }
    return pen.take();
  };
}

/** The text of one block: what may still be calls is held back, the rest is said at once. */
function maybeCalls(given: ReadonlySet<string>, say: (text: string) => void) {
  let held = '';
  /** The beginning of what is held back, as far as it is looked at. */
  let head = '';
  /** Within a line that is no call; else at the beginning of what may be one. */
  let inLine = false;
  let place: CallPlace = 'alone';

  const take = (): string => {
    const all = held;
    held = '';
    head = '';
    return all;
  };
  /** Whether what is held back, with this behind it, may still be a call. */
  const hold = (text: string): boolean => {
    held += text;
    if (place === 'marked' || head.length === longestHead) return true;
    head = (head + text).slice(0, longestHead);
    return beginsCall(head, given);
  };
  /** The first line of a text that is no call; what follows may be one again. */
  const passLine = (text: string): string => {
    const end = text.indexOf('\n') + 1;
    const line = end === 0 ? text : text.slice(0, end);
    inLine = end === 0;
    if (/\S/.test(line)) place = 'behind prose';
    return line;
  };
  const add = (text: string): void => {
    let said = '';
    for (let rest = text; rest !== ''; ) {
      if (inLine) {
        const line = passLine(rest);
        said += line;
        rest = rest.slice(line.length);
      } else if (hold(rest)) break;
      else {
        rest = take();
        inLine = true;
      }
    }
    say(said);
  };
  return {
    begin() {
      inLine = false;
      place = 'alone';
    },
    add,
    /** A token that begins a call was read; `token` is what it is of the call's own text. */
    mark(token: string) {
      if (place !== 'marked' && (token === '' || held.trim() === '')) {
        say(take());
        inLine = false;
        if (token === '') place = 'marked';
      }
      add(token);
    },
    /** The calls, or none: then all was said. */
    end() {
      const all = take();
      const calls = all === '' ? undefined : callsIn(all, given, place);
      if (!calls) say(all);
      return calls ?? [];
    },
  };
}
