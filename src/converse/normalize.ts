import { ProxyError } from '../base/errors.ts';
import { isObject, type JsonObject } from '../base/json.ts';
import { callIds } from './call-ids.ts';
import { brokenOff, malformedIn, type OnUnknown, readCost, readStop } from './ending.ts';
import type { BlockKind, End, Event, Served } from './events.ts';
import { completed, type LateBlock, lateBlock } from './late-block.ts';
import { withSpent } from './usage.ts';

/**
 * Turns the events of one ConverseStream answer into the grammar of `events.ts`. Each call appends to `out`.
 * `push` takes an event's name and its parsed JSON payload; `finish` is called once, when the stream has ended.
 */
export type Normalizer = {
  /** Throws `upstream_rejected` for an answer that the service calls malformed, once it is known what it cost. */
  push(name: string, payload: unknown, out: Event[]): void;
  /** The same as `push` of a `contentBlockDelta` that holds text, for readers that know so without parsing it. */
  pushText(contentBlockIndex: number, text: string, out: Event[]): void;
  /** Throws `upstream_truncated` when the model never said why it stopped (case 92). */
  finish(out: Event[]): void;
  /** Whether `end` was given out. */
  ended(): boolean;
};

/** The block that is open now. `late` is not yet open for the reader: it is given whole, at its stop. */
type Current = { kind: 'text' | 'reasoning' | 'tool' } | { kind: 'late'; late: LateBlock };

/** The events that make an answer; any other may be skipped. */
const converseEvents: ReadonlySet<string> = new Set([
  'messageStart',
  'contentBlockStart',
  'contentBlockDelta',
  'contentBlockStop',
  'messageStop',
  'metadata',
]);
const textBlock: BlockKind & Current = { kind: 'text' };
const reasoningBlock: BlockKind & Current = { kind: 'reasoning' };
const toolBlock: Current = { kind: 'tool' };

/** A normalizer for one stream; `served` goes into its `start`. What we have no name for is skipped and told to `onUnknown`. */
export function normalizer(served: Served, onUnknown: OnUnknown = () => {}): Normalizer {
  let started = false;
  let ended = false;
  let stop: Pick<End, 'stopReason' | 'stopSequence'> | undefined;
  let fault: ProxyError | undefined;
  let cost: Omit<End, 'stopReason' | 'stopSequence'> = {};
  let current: Current | undefined;
  /** The service's own number of the open block (it has gaps), and ours (it has none). */
  let source = -1;
  let index = -1;
  /** Events of other blocks that came while one was open: the grammar allows one at a time. */
  let held: { name: string; payload: Record<string, unknown> }[] = [];
  const ids = callIds();

  function start(out: Event[]): void {
    started = true;
    out.push({ type: 'start', served });
  }

  function close(out: Event[]): void {
    if (current?.kind === 'late') out.push({ type: 'open', index: ++index, block: completed(current.late) });
    if (current) out.push({ type: 'close', index });
    current = undefined;
  }

  function open(next: Current, block: BlockKind, out: Event[]): void {
    close(out);
    current = next;
    out.push({ type: 'open', index: ++index, block });
  }

  function release(out: Event[]): void {
    const events = held;
    held = [];
    for (const event of events) ofBlock(event.name, event.payload, out);
  }

  function ofBlock(name: string, payload: Record<string, unknown>, out: Event[]): void {
    const at = payload['contentBlockIndex'];
    if (current && at !== source) {
      held.push({ name, payload });
      return;
    }
    source = typeof at === 'number' ? at : -1;
    if (name === 'contentBlockDelta') delta(payload['delta'], out);
    else if (name === 'contentBlockStart') blockStart(payload['start'], out);
    else {
      close(out);
      if (held.length > 0) release(out);
    }
  }

  function blockStart(begin: unknown, out: Event[]): void {
    if (!isObject(begin)) throw unreadable('contentBlockStart');
    const late = lateBlock(begin);
    const tool = begin['toolUse'];
    if (late) {
      close(out);
      current = { kind: 'late', late };
    } else if (isObject(tool)) {
      // A call of nothing would look whole to a client.
      if (typeof tool['name'] !== 'string') throw unreadable('contentBlockStart');
      open(toolBlock, { kind: 'tool', id: ids.next(tool['toolUseId']), name: tool['name'] }, out);
    } else onUnknown(`start:${Object.keys(begin).join()}`);
  }

  function delta(piece: unknown, out: Event[]): void {
    if (!isObject(piece)) throw unreadable('contentBlockDelta');
    const { text, toolUse, reasoningContent, citation } = piece;
    if (typeof text === 'string') words('text', textBlock, text, out);
    else if (current?.kind === 'late' && current.late.kind in piece) gather(current.late, piece);
    else if (isObject(toolUse)) toolInput(toolUse['input'], out);
    else if (isObject(reasoningContent)) reasoning(reasoningContent, out);
    else if (isObject(citation)) cite(citation, out);
    else onUnknown(`delta:${Object.keys(piece).join()}`);
  }

  function toolInput(input: unknown, out: Event[]): void {
    // Arguments whose call was never begun: left out, the answer would look whole without them.
    if (current !== toolBlock) throw unreadable('contentBlockDelta');
    if (typeof input === 'string' && input !== '') out.push({ type: 'delta', index, kind: 'tool', text: input });
  }

  function words(kind: 'text' | 'reasoning', block: typeof textBlock, text: string, out: Event[]): void {
    // Some models send an empty piece before a tool call: a block of it would be blank text in the next request.
    if (text === '') return;
    if (current?.kind !== kind) open(block, block, out);
    out.push({ type: 'delta', index, kind, text });
  }

  function reasoning(thought: Record<string, unknown>, out: Event[]): void {
    const { text, signature, redactedContent } = thought;
    if (typeof text === 'string') words('reasoning', reasoningBlock, text, out);
    if (typeof signature === 'string' && signature !== '') {
      // Hidden thinking sends a signature without any text.
      if (current?.kind !== 'reasoning') open(reasoningBlock, reasoningBlock, out);
      out.push({ type: 'signature', index, signature });
    }
    if (typeof redactedContent === 'string') redacted(redactedContent, out);
  }

  function redacted(bytes: string, out: Event[]): void {
    if (current?.kind === 'late' && current.late.kind === 'redacted') {
      current.late.parts.push(bytes);
      return;
    }
    close(out);
    current = { kind: 'late', late: { kind: 'redacted', parts: [bytes] } };
  }

  function cite(value: Record<string, unknown>, out: Event[]): void {
    if (current?.kind !== 'text') open(textBlock, textBlock, out);
    // It came out of JSON.parse.
    out.push({ type: 'citation', index, citation: value as JsonObject });
  }

  /** Gives out what other blocks hold back, and closes all. */
  function closeAll(out: Event[]): void {
    close(out);
    while (held.length > 0) {
      release(out);
      close(out);
    }
  }

  function messageStop(payload: Record<string, unknown>, out: Event[]): void {
    closeAll(out);
    fault = malformedIn(payload);
    stop = readStop(payload, fault ? () => {} : onUnknown);
  }

  function end(out: Event[]): void {
    if (!stop) return;
    closeAll(out); // a piece may come behind the stop
    if (fault) throw withSpent(fault, { served, end: cost });
    ended = true;
    const changes = ids.changes();
    out.push({ type: 'end', end: { ...stop, ...cost, ...(changes.length > 0 && { changes }) } });
  }

  function push(name: string, payload: unknown, out: Event[]): void {
    if (ended) return;
    if (!isObject(payload)) {
      if (converseEvents.has(name)) throw unreadable(name);
      onUnknown(`event:${name}`);
      return;
    }
    switch (name) {
      case 'contentBlockDelta':
      case 'contentBlockStart':
      case 'contentBlockStop':
        if (!started) start(out);
        ofBlock(name, payload, out);
        break;
      case 'messageStart':
        if (!started) start(out);
        break;
      case 'messageStop':
        if (!started) start(out);
        messageStop(payload, out);
        break;
      case 'metadata':
        cost = readCost(payload);
        end(out);
        break;
      default:
        onUnknown(`event:${name}`);
    }
  }

  function pushText(at: number, text: string, out: Event[]): void {
    if (started && !ended && current?.kind === 'text' && at === source) words('text', textBlock, text, out);
    else push('contentBlockDelta', { contentBlockIndex: at, delta: { text } }, out);
  }

  function finish(out: Event[]): void {
    if (ended) return;
    if (!stop) throw brokenOff();
    end(out);
  }

  return { push, pushText, finish, ended: () => ended };
}

/** Adds a delta to a block of the same kind. */
function gather(late: LateBlock, piece: Record<string, unknown>): void {
  if (late.kind !== 'redacted') late.parts.push(piece[late.kind]);
}

/** An event that we must understand and cannot: a piece of the answer would be missing without a word. */
function unreadable(name: string): ProxyError {
  return new ProxyError('upstream_rejected', `Bedrock's answer holds a ${name} event of an unknown form.`, {
    retry: 'once',
  });
}
