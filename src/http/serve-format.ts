import { ProxyError, toProxyError } from '../base/errors.ts';
import type { JsonObject } from '../base/json.ts';
import type { Call, Upstream } from '../converse/call.ts';
import type { Change } from '../converse/changes.ts';
import { collect } from '../converse/collect.ts';
import type { Answer } from '../converse/events.ts';
import type { Catalogue, ModelTarget } from '../converse/model.ts';
import type { Log } from '../observe/log.ts';
import type { AnswerContext, Translated } from '../wire/format.ts';
import { answerHeaders } from './answer-headers.ts';
import { jsonAtHand, readJsonBody } from './body.ts';
import { abortWhenGone, cachePolicyOf, callsOf, refuseForeignModel } from './calls.ts';
import type { Exchange } from './exchange.ts';
import { sendError } from './on-error.ts';
import type { Job } from './serve.ts';
import { sightingOf } from './sighting.ts';
import { streamAnswers } from './stream-answers.ts';

/**
 * One call's way: parse → translate → check → resolve → the stack → the client, streamed or whole. Throws only what was
 * refused before there was a call; from then on the stack records each failure, and this function answers it.
 */
export async function serveFormat<Request>(job: Job<Request>): Promise<void> {
  const { exchange, format, context, services } = job;
  const changes: Change[] = [];
  const { incoming } = exchange;
  const { limits, remoteMedia } = services.settings;
  const mended = (change: Change) => void changes.push(change);
  // A small body comes in one read with its head; node hands it over before this goes on.
  await undefined;
  const atHand = jsonAtHand(incoming, limits, mended);
  const sent = atHand ? atHand.body : await readJsonBody(incoming, limits, mended);
  // Nobody waits for it.
  setImmediate(() => services.seen?.(sightingOf(exchange, services.clock.now(), sent)));
  const abort = abortWhenGone(exchange);
  const media = remoteMedia ? await withMedia(sent, job, abort.signal) : undefined;
  if (media) changes.push(...media.changes);
  const request = format.parse(media ? media.body : sent, context);
  const engine = services.engine.now?.() ?? (await services.engine());
  const native = format.toNative?.(request, context);
  const lane = native && (await nativeLane(native, engine.catalogue));
  const translated = lane?.translated ?? format.toConverse(request, context);
  const resolved = lane?.target ?? engine.catalogue.resolve(translated.model);
  const target = resolved instanceof Promise ? await resolved : resolved;
  translated.changes.unshift(...changes);
  refuseForeignModel(job.principal, translated.model, target);
  const calls = callsOf(job, translated, target, abort.signal);
  const answer: AnswerContext<Request> = {
    request,
    requestId: exchange.requestId,
    model: translated.model,
    created: Math.floor(services.clock.now() / 1000),
    format: context,
  };
  try {
    const { upstream } = engine;
    if (!translated.stream)
      await answerWhole(exchange, upstream, calls, (answers) => format.toResponse(answers, answer));
    else
      await streamAnswers({ exchange, upstream, calls, encoder: format.toStream(answer), settings: services.settings });
  } catch (error) {
    abort.abort(error);
    reportFault(error, services.log);
    sendError(exchange, error, { format, flavour: context.flavour });
  }
}

/** The body with what stands behind its links, where the settings allow it; else nothing of it is loaded. */
export async function withMedia(
  body: unknown,
  { services, principal, exchange }: Pick<Job<unknown>, 'services' | 'principal' | 'exchange'>,
  signal: AbortSignal,
): Promise<{ body: unknown; changes: Change[] }> {
  const { settings, fetchPublic, fetchedMedia: kept } = services;
  if (!settings.remoteMedia) return { body, changes: [] };
  const { withRemoteMedia } = await import('./remote-media.ts');
  const cache = cachePolicyOf(exchange.incoming.headers['cache-control']);
  const { bodyBytes } = settings.limits;
  return withRemoteMedia(body, { fetchPublic, kept, principalId: principal.id, cache, bodyBytes, signal });
}

/** The native lane, where the model has it; undefined: Converse carries the request as well as it can. */
export async function nativeLane<Asked extends Pick<Translated, 'model'>>(
  native: Asked,
  catalogue: Catalogue,
): Promise<{ translated: Asked; target: ModelTarget } | undefined> {
  const target = await catalogue.resolve(native.model);
  return target.info.capabilities.messagesApi ? { translated: native, target } : undefined;
}

/** What the stack throws is a ProxyError and was recorded there; anything else is a fault of the code above it. */
export function reportFault(thrown: unknown, log: Pick<Log, 'write'>): void {
  if (thrown instanceof ProxyError) return;
  const { code, facts } = toProxyError(thrown);
  log.write({ type: 'failure', where: 'http', code, detail: facts.detail });
}

async function answerWhole(
  { outgoing, requestId }: Exchange,
  upstream: Upstream,
  calls: readonly Call[],
  toResponse: (answers: readonly Answer[]) => JsonObject,
): Promise<void> {
  const answers = await Promise.all(calls.map((call) => collect(upstream(call))));
  const text = JSON.stringify(toResponse(answers));
  const headers = answerHeaders(requestId, answers[0]?.served);
  headers['content-type'] = 'application/json';
  headers['content-length'] = String(Buffer.byteLength(text));
  outgoing.writeHead(200, headers).end(text);
}
