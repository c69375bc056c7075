import { ProxyError } from '../base/errors.ts';
import { isObject, type JsonObject } from '../base/json.ts';
import { safeWords } from '../base/safe-words.ts';
import { callIds } from '../converse/call-ids.ts';
import { brokenOff } from '../converse/ending.ts';
import type { Answer, Block, BlockKind, End, Event, Served, Usage } from '../converse/events.ts';
import { tokenCount } from '../converse/usage.ts';
import { parsePayload } from './ask.ts';
import type { FrameReader } from './read-frames.ts';

/*
 * Answers of Anthropic's Messages API, as InvokeModel gives them, in our grammar. Members without a name there are kept
 * in `End.extra` and `other` blocks, and each event of a stream follows as `raw`.
 */

/** The JSON of a `chunk` frame came out of JSON.parse. */
const asJson = (value: unknown): JsonObject => (isObject(value) ? (value as JsonObject) : {});

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Reads the frames of InvokeModelWithResponseStream; each event follows once more as `raw`, as it came. `scrub`: see `Whereabouts`. */
export function anthropicEvents(served: Served, scrub = (said: string): string => said): FrameReader {
  let ended = false;
  let index = -1;
  let shell: JsonObject = {};
  const ids = callIds();
  let current: { kind: BlockKind['kind']; value: JsonObject; input: string } | undefined;

  const open = (block: JsonObject, out: Event[]): void => {
    const kind = kindOf(block);
    current = { kind: kind.kind, value: block, input: '' };
    if (kind.kind === 'other') return; // given whole, at its stop
    index++;
    out.push({ type: 'open', index, block: kind });
    piece(kind.kind, text(block['text']) + text(block['thinking']), out);
    if (text(block['signature']) !== '') out.push({ type: 'signature', index, signature: text(block['signature']) });
  };

  const piece = (kind: BlockKind['kind'], words: string, out: Event[]): void => {
    if (words === '' || kind === 'other' || kind === 'redacted') return;
    out.push({ type: 'delta', index, kind, text: words });
  };

  const delta = (change: JsonObject, out: Event[]): void => {
    if (!current) return;
    const { kind } = current;
    switch (change['type']) {
      case 'text_delta':
        piece(kind, text(change['text']), out);
        return;
      case 'thinking_delta':
        piece(kind, text(change['thinking']), out);
        return;
      case 'input_json_delta':
        current.input += text(change['partial_json']);
        piece(kind, text(change['partial_json']), out);
        return;
      case 'signature_delta':
        if (kind === 'reasoning') out.push({ type: 'signature', index, signature: text(change['signature']) });
        return;
      case 'citations_delta':
        if (kind === 'text') out.push({ type: 'citation', index, citation: asJson(change['citation']) });
        return;
      case 'compaction_delta':
        current.value = { ...current.value, content: change['content'] ?? null };
        return;
      default:
        return; // newer kinds of delta still reach the client as raw events
    }
  };

  const close = (out: Event[]): void => {
    if (!current) return;
    if (current.kind === 'other') {
      index++;
      const { value, input } = current;
      const whole = input === '' ? value : { ...value, input: asJson(parsePayload(input)) };
      out.push({ type: 'open', index, block: { kind: 'other', value: whole } });
    }
    out.push({ type: 'close', index });
    current = undefined;
  };

  const push = (event: JsonObject, out: Event[]): void => {
    switch (event['type']) {
      case 'message_start': {
        const { content: _, ...message } = asJson(event['message']);
        shell = message;
        out.push({ type: 'start', served: { ...served, raw: 'anthropic-messages' } });
        return;
      }
      case 'content_block_start':
        open(asJson(event['content_block']), out);
        return;
      case 'content_block_delta':
        delta(asJson(event['delta']), out);
        return;
      case 'content_block_stop':
        close(out);
        return;
      case 'message_delta': {
        const { type: _, delta: stop, usage, ...more } = event;
        shell = { ...shell, ...more, ...asJson(stop), usage: { ...asJson(shell['usage']), ...asJson(usage) } };
        return;
      }
      case 'error':
        throw failureOf(asJson(event['error']), scrub);
      default:
        return;
    }
  };

  return {
    ended: () => ended,
    push(name, payload, out) {
      const bytes = name === 'chunk' ? asJson(parsePayload(payload))['bytes'] : undefined;
      if (ended || typeof bytes !== 'string') return;
      const json = Buffer.from(bytes, 'base64').toString('utf8');
      const came = asJson(parsePayload(json));
      const event = withOwnId(came, ids.next);
      push(event, out);
      // Nothing said why the model stopped: what came is no whole answer.
      if (event['type'] === 'message_stop' && typeof shell['stop_reason'] !== 'string') throw brokenOff();
      out.push({ type: 'raw', name: text(event['type']), text: event === came ? json : JSON.stringify(event) });
      if (event['type'] !== 'message_stop') return;
      ended = true;
      const changes = ids.changes();
      out.push({ type: 'end', end: { ...endOf(shell), ...(changes.length > 0 && { changes }) } });
    },
    finish() {
      throw brokenOff();
    },
  };
}

/** A whole message. Throws `upstream_rejected` when it is none. */
export function anthropicAnswer(body: unknown, served: Served): Answer {
  const { content, ...shell } = asJson(body);
  const ids = callIds();
  if (!Array.isArray(content))
    throw new ProxyError('upstream_rejected', 'Bedrock answered without a message.', { retry: 'once' });
  const blocks = content.map((block) => blockOf(ownId(asJson(block), ids.next)));
  const changes = ids.changes();
  const told = changes.length > 0 ? { ...served, changes: [...served.changes, ...changes] } : served;
  return { served: told, blocks, end: endOf(shell) };
}

/** The same event, unless it begins a call whose id another call of the answer has. */
function withOwnId(event: JsonObject, nextId: (given: unknown) => string): JsonObject {
  if (event['type'] !== 'content_block_start') return event;
  const begun = asJson(event['content_block']);
  const block = ownId(begun, nextId);
  return block === begun ? event : { ...event, content_block: block };
}

function ownId(block: JsonObject, nextId: (given: unknown) => string): JsonObject {
  if (block['type'] !== 'tool_use') return block;
  const id = nextId(block['id']);
  return id === block['id'] ? block : { ...block, id };
}

function kindOf(block: JsonObject): BlockKind {
  switch (block['type']) {
    case 'text':
      return { kind: 'text' };
    case 'thinking':
      return { kind: 'reasoning' };
    case 'redacted_thinking':
      return { kind: 'redacted', data: text(block['data']) };
    case 'tool_use':
      return { kind: 'tool', id: text(block['id']), name: text(block['name']) };
    default:
      return { kind: 'other', value: block };
  }
}

function blockOf(block: JsonObject): Block {
  const kind = kindOf(block);
  switch (kind.kind) {
    case 'text': {
      const citations = Array.isArray(block['citations']) ? block['citations'].map(asJson) : [];
      return { kind: 'text', text: text(block['text']), ...(citations.length > 0 ? { citations } : {}) };
    }
    case 'reasoning':
      return { kind: 'reasoning', text: text(block['thinking']), signature: text(block['signature']) };
    case 'tool':
      return { ...kind, input: JSON.stringify(block['input'] ?? {}) };
    case 'redacted':
    case 'other':
      return kind;
    default:
      return kind satisfies never;
  }
}

/** Those that Converse has under the same name. */
const stopReasons = ['tool_use', 'max_tokens', 'stop_sequence', 'refusal', 'model_context_window_exceeded'] as const;

/** `extra` is the message's shell as it stands at its end: the client of the same API reads its words, not ours. */
function endOf(shell: JsonObject): End {
  const sequence = shell['stop_sequence'];
  return {
    stopReason: stopReasons.find((reason) => reason === shell['stop_reason']) ?? 'end_turn',
    ...(typeof sequence === 'string' ? { stopSequence: sequence } : {}),
    usage: usageOf(asJson(shell['usage'])),
    extra: shell,
  };
}

/** With a compaction the counts of the top leave it out, and only the sum over `iterations` is what is billed (AWS, "Compaction"). */
function usageOf(usage: JsonObject): Usage {
  const rounds = Array.isArray(usage['iterations']) && usage['iterations'].length > 0 ? usage['iterations'] : [usage];
  const sum = (member: string): number =>
    rounds.reduce((total: number, round) => total + tokenCount(asJson(round)[member]), 0);
  const inputTokens = sum('input_tokens');
  const outputTokens = sum('output_tokens');
  const cacheReadInputTokens = sum('cache_read_input_tokens');
  const cacheWriteInputTokens = sum('cache_creation_input_tokens');
  const hour = tokenCount(asJson(usage['cache_creation'])['ephemeral_1h_input_tokens']);
  return {
    inputTokens,
    outputTokens,
    cacheReadInputTokens,
    cacheWriteInputTokens,
    totalTokens: inputTokens + outputTokens + cacheReadInputTokens + cacheWriteInputTokens,
    ...(hour > 0 ? { cacheDetails: [{ ttl: '1h', inputTokens: hour }] } : {}),
  };
}

/** Anthropic's own words for a failure in mid-stream, without what they may quote. */
function failureOf(error: JsonObject, scrub: (said: string) => string): ProxyError {
  const message = safeWords(scrub(text(error['message']))) || 'The model broke off its answer.';
  const isBusy = error['type'] === 'overloaded_error';
  return new ProxyError(isBusy ? 'upstream_unavailable' : 'upstream_rejected', message, { retry: 'once' });
}
