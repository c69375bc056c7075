import { ProxyError } from '../base/errors.ts';
import { newId } from '../base/ids.ts';
import { isObject } from '../base/json.ts';
import { callIds } from '../converse/call-ids.ts';
import { brokenOff } from '../converse/ending.ts';
import type { BlockKind, Event, Served, StopReason, Usage } from '../converse/events.ts';
import { tokenCount } from '../converse/usage.ts';

/** Turns the chunks of an OpenAI-compatible stream into the grammar of `converse/events.ts`. */
export type ChunkReader = {
  /** The parsed data of one event. */
  push(chunk: unknown, out: Event[]): void;
  /** `[DONE]`, or the end of the body. Throws `upstream_truncated` when the model never said why it stopped. */
  finish(out: Event[]): void;
};

const stopReasons: ReadonlyMap<string, StopReason> = new Map([
  ['stop', 'end_turn'],
  ['tool_calls', 'tool_use'],
  ['function_call', 'tool_use'],
  ['length', 'max_tokens'],
  ['content_filter', 'content_filtered'],
]);

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** A reader for one answer; `failureOf` makes an error of what the endpoint says of one. Call ids that are mere counters (`call_0`) are made unique: they would collide with an earlier turn's (pydantic/pydantic-ai#6536). */
export function chunkReader(served: Served, failureOf: (said: unknown) => ProxyError): ChunkReader {
  let started = false;
  let index = -1;
  let open: { kind: BlockKind['kind']; call: number } | undefined;
  let lastCall = -1;
  let stop: StopReason | undefined;
  let usage: Usage | undefined;
  const ids = callIds();

  const close = (out: Event[]): void => {
    if (open) out.push({ type: 'close', index });
    open = undefined;
  };

  const begin = (block: BlockKind, call: number, out: Event[]): void => {
    close(out);
    index++;
    open = { kind: block.kind, call };
    out.push({ type: 'open', index, block });
  };

  const say = (kind: 'text' | 'reasoning', words: string, out: Event[]): void => {
    if (words === '') return;
    if (open?.kind !== kind) begin({ kind }, -1, out);
    out.push({ type: 'delta', index, kind, text: words });
  };

  const callPiece = (piece: unknown, out: Event[]): void => {
    if (!isObject(piece)) return;
    const at = typeof piece['index'] === 'number' ? piece['index'] : lastCall + 1;
    const detail = isObject(piece['function']) ? piece['function'] : {};
    if (at > lastCall) {
      lastCall = at;
      begin({ kind: 'tool', id: ids.next(uniqueId(text(piece['id']))), name: text(detail['name']) }, at, out);
    } else if (open?.call !== at) {
      throw new ProxyError('upstream_rejected', 'The model mixed the arguments of several tool calls.');
    }
    const fragment = text(detail['arguments']);
    if (fragment !== '') out.push({ type: 'delta', index, kind: 'tool', text: fragment });
  };

  const delta = (change: Record<string, unknown>, out: Event[]): void => {
    say('reasoning', text(change['reasoning_content']) || text(change['reasoning']), out);
    say('text', text(change['content']) || text(change['refusal']), out);
    if (Array.isArray(change['tool_calls'])) for (const piece of change['tool_calls']) callPiece(piece, out);
  };

  return {
    push(chunk, out) {
      if (!isObject(chunk)) return;
      if (chunk['error']) throw failureOf(chunk['error']);
      if (!started) out.push({ type: 'start', served });
      started = true;
      if (isObject(chunk['usage'])) usage = usageOf(chunk['usage']);
      const [choice]: unknown[] = Array.isArray(chunk['choices']) ? chunk['choices'] : [];
      if (!isObject(choice)) return;
      if (isObject(choice['delta'])) delta(choice['delta'], out);
      const reason = choice['finish_reason'];
      if (typeof reason === 'string') stop = stopReasons.get(reason) ?? 'end_turn';
    },
    finish(out) {
      if (stop === undefined) throw brokenOff();
      close(out);
      const changes = ids.changes();
      const more = { ...(usage && { usage }), ...(changes.length > 0 && { changes }) };
      out.push({ type: 'end', end: { stopReason: stop, ...more } });
    },
  };
}

/** Long ids are random already; short ones count from zero in every answer. */
const uniqueId = (id: string): string => (id.length >= 16 ? id : newId('call_', 24));

function usageOf(usage: Record<string, unknown>): Usage {
  const details = usage['prompt_tokens_details'];
  const cacheReadInputTokens = isObject(details) ? tokenCount(details['cached_tokens']) : 0;
  const inputTokens = Math.max(0, tokenCount(usage['prompt_tokens']) - cacheReadInputTokens);
  const outputTokens = tokenCount(usage['completion_tokens']);
  return {
    inputTokens,
    outputTokens,
    totalTokens: inputTokens + cacheReadInputTokens + outputTokens,
    cacheReadInputTokens,
    cacheWriteInputTokens: 0,
  };
}
