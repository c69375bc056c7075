import { clientGone } from '../base/abort.ts';
import { ProxyError } from '../base/errors.ts';
import type { CachePolicy, Call, Native, Principal } from '../converse/call.ts';
import type { Change } from '../converse/changes.ts';
import { check } from '../converse/check.ts';
import type { ModelInfo, ModelTarget } from '../converse/model.ts';
import type { FormatContext, Translated } from '../wire/format.ts';
import { withWishes } from './bedrock-wishes.ts';
import type { Exchange } from './exchange.ts';
import { productOf } from './product.ts';
import type { Job } from './serve.ts';
import { drainOver } from './server.ts';

/** Fires within a turn of the event loop when the client's socket closes, also before the first byte, and when the server must end. */
export function abortWhenGone({ outgoing }: Exchange): AbortController {
  const controller = new AbortController();
  if (outgoing.closed) controller.abort(clientGone());
  else {
    outgoing.once('close', () => {
      if (!outgoing.writableFinished) controller.abort(clientGone());
    });
    outgoing.once(drainOver, () => controller.abort(stopping()));
  }
  return controller;
}

function stopping(): ProxyError {
  return new ProxyError('upstream_unavailable', 'The proxy was stopped before the answer was whole. Send it again.');
}

/** One call per wanted choice. Only the first may use the cache: from it the others would be copies, and into it they would put theirs. */
export function callsOf(
  {
    exchange,
    principal,
    format,
    context,
    services,
  }: Pick<Job<unknown>, 'exchange' | 'principal' | 'context' | 'services'> & { format: { name: string } },
  translated: Translated,
  target: ModelTarget,
  signal: AbortSignal,
): Call[] {
  const { noToolCalls = false } = translated.options;
  const { native } = translated;
  // A native body is sent as it is: Converse's laws do not bind it, and nothing of it may be reported as changed.
  const checked = native ? { request: translated.request, changes: [] } : check(translated.request, { noToolCalls });
  const wished = withWishes(checked.request, context.header, services.settings.wishes);
  const call: Call = {
    id: exchange.requestId,
    principal,
    client: clientOf(exchange, context),
    format: format.name,
    model: translated.model,
    target,
    request: wished.request,
    options: translated.options,
    ...(native ? { native } : {}),
    changes: [...standIn(target, native), ...translated.changes, ...checked.changes, ...wished.changes],
    stream: translated.stream,
    cache: cachePolicyOf(exchange.incoming.headers['cache-control']),
    signal,
    startedAt: exchange.startedAt,
  };
  const traceparent = context.header('traceparent');
  if (traceparent !== undefined) call.traceparent = traceparent;
  if (translated.choices === 1) return [call];
  return Array.from({ length: translated.choices }, (_, choice) =>
    choice === 0 ? call : { ...call, id: `${call.id}-${choice}`, cache: { read: false, write: false } },
  );
}

/** `models.unknown = "default"`: another model answers than the one that was named. */
function standIn({ known, info }: ModelTarget, native: Native | undefined): Change[] {
  if (known) return [];
  const why =
    native?.dialect === 'embeddings'
      ? 'No embedding model has the name that was asked for; its vectors do not mix with those of another model.'
      : 'No model has the name that was asked for.';
  return [{ what: `model answered by ${info.id}`, why }];
}

/**
 * RFC 9111, 5.2.1: `no-cache` must not be answered from a cache, `no-store` must leave no trace in one either. `max-age=0`
 * is what `fetch` sends for its `no-cache`.
 */
export function cachePolicyOf(cacheControl: string | undefined): CachePolicy {
  if (cacheControl === undefined) return { read: true, write: true };
  const directives = cacheControl
    .toLowerCase()
    .split(',')
    .map((directive) => directive.trim());
  const noStore = directives.includes('no-store');
  const isAnew = directives.some((directive) => directive === 'no-cache' || /^max-age="?0+"?$/.test(directive));
  return { read: !noStore && !isAnew, write: !noStore };
}

function clientOf({ incoming }: Exchange, { flavour }: FormatContext): Call['client'] {
  const name = productOf(incoming.headers['user-agent']) ?? (flavour === 'cursor' ? 'cursor' : 'unknown');
  return { name, ip: incoming.socket.remoteAddress ?? '' };
}

/** Whether the key may use a model, under whichever of its names. */
export function mayUseModel({ models }: Principal, name: string, { id, aliases }: ModelInfo): boolean {
  return models === undefined || [name, id, ...aliases].some((candidate) => models.includes(candidate));
}

/** Throws `forbidden` for a model that the key may not use. */
export function refuseForeignModel(principal: Principal, name: string, { info }: ModelTarget): void {
  if (mayUseModel(principal, name, info)) return;
  throw new ProxyError('forbidden', 'This key may not use this model.', {
    param: 'model',
    fix: 'claude-bedrock key list',
  });
}
