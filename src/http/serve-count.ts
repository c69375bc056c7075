import type { JsonObject } from '../base/json.ts';
import type { Change } from '../converse/changes.ts';
import type { Answer } from '../converse/events.ts';
import {
  countToConverse,
  countToNative,
  estimateTokens,
  parseCount,
  toCount,
} from '../wire/anthropic-messages/count-tokens.ts';
import type { Translated } from '../wire/format.ts';
import { answerHeaders } from './answer-headers.ts';
import { readJsonBody } from './body.ts';
import { abortWhenGone, callsOf, refuseForeignModel } from './calls.ts';
import { sendJson } from './send-json.ts';
import type { Job, Serve } from './serve.ts';
import { nativeLane, withMedia } from './serve-format.ts';

const estimated: Change = {
  what: 'input_tokens estimated',
  why: 'Bedrock does not count tokens for this model; the number is made from sizes and errs towards too many.',
};

/** POST /v1/messages/count_tokens. */
export const serveCount: Serve = (job) =>
  serveInputCount(job, {
    translate: (body) => countToConverse(parseCount(body), job.context),
    toNative: (body) => countToNative(parseCount(body), job.context),
    show: toCount,
  });

type Asked = Pick<Translated, 'model' | 'request' | 'options' | 'changes' | 'native'>;

/** A dialect's way of asking for a count and of telling it. */
type Counting = {
  translate(body: unknown): Asked;
  /** As a wire format's own `toNative`. */
  toNative?(body: unknown): Asked | undefined;
  show(inputTokens: number): JsonObject;
};

/** Bedrock's own count of a request's input where the model has one, else an estimate that says so. */
export async function serveInputCount(job: Job<unknown>, { translate, toNative, show }: Counting): Promise<void> {
  const { exchange, services } = job;
  const mended: Change[] = [];
  const abort = abortWhenGone(exchange);
  const sent = await readJsonBody(exchange.incoming, services.settings.limits, (change) => mended.push(change));
  const { body } = await withMedia(sent, job, abort.signal);
  const engine = await services.engine();
  const native = toNative?.(body);
  const lane = native && (await nativeLane(native, engine.catalogue));
  const asked = lane?.translated ?? translate(body);
  const target = lane?.target ?? (await engine.catalogue.resolve(asked.model));
  refuseForeignModel(job.principal, asked.model, target);
  const translated = { ...asked, changes: [...mended, ...asked.changes], stream: false, choices: 1 };
  const [call] = callsOf(job, translated, target, abort.signal);
  if (!call) return;
  const counted = await engine.countTokens(call);
  const { inputTokens = estimateTokens(call.request) } = counted;
  const changes = [...counted.changes, ...(counted.inputTokens === undefined ? [estimated] : [])];
  const served: Answer['served'] = { model: target.modelId, region: target.region, changes };
  const headers = answerHeaders(exchange.requestId, served);
  sendJson(exchange, 200, show(inputTokens), headers);
}
