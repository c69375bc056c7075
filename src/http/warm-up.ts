import { cannedRequest } from '../base/canned-request.ts';
import { check } from '../converse/check.ts';
import type { Answer } from '../converse/events.ts';
import { replay } from '../converse/replay.ts';
import type { WireFormat } from '../wire/format.ts';
import { plainContext as context } from './plain-context.ts';

const answer: Answer = {
  served: { model: 'none', region: 'none', changes: [] },
  blocks: [{ kind: 'text', text: 'Hello.' }],
  end: { stopReason: 'end_turn' },
};

/**
 * Has a format translate a canned request and answer once, so that its schemas are made and its code is compiled before
 * anybody waits for it. Nothing is asked of a model, and nothing of it is kept.
 */
export function warmUpFormat(format: WireFormat<unknown>): void {
  const canned = cannedRequest(format.name, 'bedrock-sonnet', true);
  if (!canned) return;
  const request = format.parse(canned.body, context);
  const translated = format.toConverse(request, context);
  check(translated.request);
  const told = { request, requestId: 'req_0', model: translated.model, created: 0, format: context };
  format.toStream(told).push(replay(answer), 0);
  format.toResponse([answer], told);
}
