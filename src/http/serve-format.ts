import { ProxyError, toProxyError } from '../base/errors.ts';
import type { JsonObject } from '../base/json.ts';
import type { Call, Upstream } from '../converse/call.ts';
import { collect } from '../converse/collect.ts';
import type { Answer } from '../converse/events.ts';
import type { Catalogue, ModelTarget } from '../converse/model.ts';
import type { Log } from '../observe/log.ts';
import type { AnswerContext, FormatContext, Translated, WireFormat } from '../wire/format.ts';
import { answerHeaders } from './answer-headers.ts';
import { readJsonBody } from './body.ts';
import { abortWhenGone, callsOf, refuseForeignModel } from './calls.ts';
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
  const engine = await services.engine();
  const { translated, target } = await laneOf(format, request, context, engine.catalogue);
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

/** The native lane where the request needs it and the model has it; the way by Converse for everything else. */
async function laneOf<Request>(
  format: WireFormat<Request>,
  request: Request,
  context: FormatContext,
  catalogue: Catalogue,
): Promise<{ translated: Translated; target: ModelTarget }> {
  const native = format.toNative?.(request, context);
  if (native) {
    const target = await catalogue.resolve(native.model);
    if (target.info.capabilities.messagesApi) return { translated: native, target };
  }
  const translated = format.toConverse(request, context);
  return { translated, target: await catalogue.resolve(translated.model) };
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
