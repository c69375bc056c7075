import type { Change } from '../converse/changes.ts';
import type { Answer } from '../converse/events.ts';
import { countToConverse, estimateTokens, parseCount, toCount } from '../wire/anthropic-messages/count-tokens.ts';
import { answerHeaders } from './answer-headers.ts';
import { readJsonBody } from './body.ts';
import { abortWhenGone, callsOf, refuseForeignModel } from './calls.ts';
import { sendJson } from './send-json.ts';
import type { Serve } from './serve.ts';
import { withMedia } from './serve-format.ts';

const estimated: Change = {
  what: 'input_tokens estimated',
  why: 'Bedrock does not count tokens for this model; the number is made from sizes and errs towards too many.',
};

/** POST /v1/messages/count_tokens: Bedrock's own count where the model has one, else an estimate that says so. */
export const serveCount: Serve = async (job) => {
  const { exchange, context, services } = job;
  const mended: Change[] = [];
  const abort = abortWhenGone(exchange);
  const sent = await readJsonBody(exchange.incoming, services.settings.limits, (change) => mended.push(change));
  const { body } = await withMedia(sent, job, abort.signal);
  const request = parseCount(body);
  const asked = countToConverse(request, context);
  const engine = await services.engine();
  const target = await engine.catalogue.resolve(asked.model);
  refuseForeignModel(job.principal, asked.model, target);
  const translated = { ...asked, changes: [...mended, ...asked.changes], stream: false, choices: 1 };
  const [call] = callsOf(job, translated, target, abort.signal);
  if (!call) return;
  const counted = await engine.countTokens(call);
  const changes = counted === undefined ? [...call.changes, estimated] : [...call.changes];
  const served: Answer['served'] = { model: target.modelId, region: target.region, changes };
  const headers = answerHeaders(exchange.requestId, served);
  sendJson(exchange, 200, toCount(counted ?? estimateTokens(call.request)), headers);
};
