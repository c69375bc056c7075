import { clientGone } from '../base/abort.ts';
import { ProxyError, toProxyError } from '../base/errors.ts';
import type { JsonObject } from '../base/json.ts';
import type { CachePolicy, Call, Principal, Upstream } from '../converse/call.ts';
import { check } from '../converse/check.ts';
import { collect } from '../converse/collect.ts';
import type { Answer } from '../converse/events.ts';
import type { ModelTarget } from '../converse/model.ts';
import type { Log } from '../observe/log.ts';
import type { AnswerContext, FormatContext, Translated } from '../wire/format.ts';
import { answerHeaders } from './answer-headers.ts';
import { readJsonBody } from './body.ts';
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
  const body = await readJsonBody(exchange.incoming, services.settings.limits);
  services.seen?.(sightingOf(exchange, services.clock.now(), body));
  const request = format.parse(body, context);
  const translated = format.toConverse(request, context);
  const engine = await services.engine();
  const target = await engine.catalogue.resolve(translated.model);
  refuseForeignModel(job.principal, translated.model, target);
  const abort = abortWhenGone(exchange);
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

/** What the stack throws is a ProxyError and was recorded there; anything else is a fault of the code above it. */
function reportFault(thrown: unknown, log: Pick<Log, 'write'>): void {
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
  outgoing.writeHead(200, {
    ...answerHeaders(requestId, answers[0]?.served),
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  });
  outgoing.end(text);
}

/** Fires within a turn of the event loop when the client's socket closes, also before the first byte. */
function abortWhenGone({ outgoing }: Exchange): AbortController {
  const controller = new AbortController();
  if (outgoing.closed) controller.abort(clientGone());
  else {
    outgoing.once('close', () => {
      if (!outgoing.writableFinished) controller.abort(clientGone());
    });
  }
  return controller;
}

/** One call per wanted choice. Only the first may be answered from the cache: the others would be its copies. */
function callsOf(
  {
    exchange,
    principal,
    format,
    context,
  }: Pick<Job<unknown>, 'exchange' | 'principal' | 'context'> & { format: { name: string } },
  translated: Translated,
  target: ModelTarget,
  signal: AbortSignal,
): Call[] {
  const { noToolCalls = false } = translated.options;
  const checked = check(translated.request, { noToolCalls });
  const call: Call = {
    id: exchange.requestId,
    principal,
    client: clientOf(exchange, context),
    format: format.name,
    model: translated.model,
    target,
    request: checked.request,
    options: translated.options,
    changes: checked.changes.length === 0 ? translated.changes : [...translated.changes, ...checked.changes],
    stream: translated.stream,
    cache: cachePolicyOf(exchange.incoming.headers['cache-control']),
    signal,
    startedAt: exchange.startedAt,
  };
  if (translated.choices === 1) return [call];
  return Array.from({ length: translated.choices }, (_, choice) =>
    choice === 0 ? call : { ...call, id: `${call.id}-${choice}`, cache: { ...call.cache, read: false } },
  );
}

/** RFC 9111, 5.2.1: `no-cache` must not be answered from a cache, `no-store` must leave no trace in one either. */
export function cachePolicyOf(cacheControl: string | undefined): CachePolicy {
  if (cacheControl === undefined) return { read: true, write: true };
  const directives = cacheControl
    .toLowerCase()
    .split(',')
    .map((directive) => directive.trim());
  const noStore = directives.includes('no-store');
  return { read: !noStore && !directives.includes('no-cache'), write: !noStore };
}

function clientOf({ incoming }: Exchange, { flavour }: FormatContext): Call['client'] {
  const product = /^[\w!#$%&'*+.^`|~/-]{1,64}/.exec(incoming.headers['user-agent'] ?? '')?.[0];
  const name = product ?? (flavour === 'cursor' ? 'cursor' : 'unknown');
  return { name, ip: incoming.socket.remoteAddress ?? '' };
}

function refuseForeignModel({ models }: Principal, name: string, { info }: ModelTarget): void {
  if (models === undefined) return;
  const names = [name, info.id, ...info.aliases];
  if (names.some((candidate) => models.includes(candidate))) return;
  throw new ProxyError('forbidden', 'This key may not use this model.', {
    param: 'model',
    fix: 'claude-bedrock key list',
  });
}
