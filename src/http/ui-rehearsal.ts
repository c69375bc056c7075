import { cannedRequest } from '../base/canned-request.ts';
import type { Clock } from '../base/clock.ts';
import { ProxyError } from '../base/errors.ts';
import { newId } from '../base/ids.ts';
import type { Call } from '../converse/call.ts';
import { check } from '../converse/check.ts';
import { collect, collector } from '../converse/collect.ts';
import type { CallRow } from '../observe/recent-calls.ts';
import type { WireFormat } from '../wire/format.ts';
import type { FormatRoutes } from './formats.ts';
import { plainContext as context } from './plain-context.ts';
import type { Engine } from './serve.ts';
import type { Rehearsal } from './ui-state.ts';

export type RehearsalParts = {
  formats: FormatRoutes;
  /** The stack above the simulator: nothing that is sent there leaves this machine or costs anything. */
  engine: () => Promise<Engine>;
  clock: Pick<Clock, 'monotonic' | 'now'>;
};

const longestMs = 10_000;

/**
 * Sends a canned request of the call's shape (format, model, stream) to the simulator, the whole way through. The call's
 * own words cannot be sent again: they were not kept.
 */
export async function rehearse(row: CallRow, { formats, engine, clock }: RehearsalParts): Promise<Rehearsal> {
  if (row.format === 'openai-embeddings') return rehearseEmbedding(row, { formats, engine, clock });
  const request = cannedRequest(row.format, row.model, row.stream);
  const format = request && (await formatNamed(formats, row.format));
  if (!request || !format) {
    throw new ProxyError('unsupported', `There is no rehearsal for requests of the format ${row.format}.`);
  }
  const startedAt = clock.monotonic();
  const parsed = format.parse(request.body, context);
  const translated = format.toConverse(parsed, context);
  const { upstream, catalogue } = await engine();
  const target = await catalogue.resolve(translated.model);
  const checked = check(translated.request, { noToolCalls: translated.options.noToolCalls ?? false });
  const call: Call = {
    ...beginning(row.format, startedAt),
    model: translated.model,
    target,
    request: checked.request,
    options: translated.options,
    changes: [...translated.changes, ...checked.changes],
    stream: translated.stream,
  };
  const encoder = format.toStream({
    request: parsed,
    requestId: call.id,
    model: translated.model,
    created: Math.floor(clock.now() / 1000),
    format: context,
  });
  const fold = collector();
  let firstEventMs: number | undefined;
  for await (const batch of upstream(call)) {
    firstEventMs ??= clock.monotonic() - startedAt;
    encoder.push(batch, 0);
    fold.add(batch);
  }
  const answer = fold.answer();
  if (!answer) throw new ProxyError('upstream_truncated', 'The simulator stopped before its answer was complete.');
  const { served, end } = answer;
  const durationMs = clock.monotonic() - startedAt;
  return {
    format: format.name,
    model: translated.model,
    target: served.model,
    stream: translated.stream,
    firstEventMs: firstEventMs ?? durationMs,
    durationMs,
    ...(end.usage && { outputTokens: end.usage.outputTokens }),
    changes: served.changes.map(({ what }) => what),
  };
}

/** What every call of the dashboard has in common. */
const beginning = (format: string, startedAt: number) => ({
  id: newId('rehearsal_'),
  principal: { id: 'dashboard', name: 'dashboard', scope: 'inference' as const },
  client: { name: 'dashboard', ip: '' },
  format,
  cache: { read: false, write: false },
  signal: AbortSignal.timeout(longestMs),
  startedAt,
});

/** Embeddings go past Converse: the model is asked in its own words, and gives vectors, no tokens. */
async function rehearseEmbedding(row: CallRow, { engine, clock }: RehearsalParts): Promise<Rehearsal> {
  const startedAt = clock.monotonic();
  const [{ parseEmbeddingsRequest }, { embeddingCalls }] = await Promise.all([
    import('../wire/openai-embeddings/schema.ts'),
    import('../wire/openai-embeddings/request.ts'),
  ]);
  const request = parseEmbeddingsRequest(cannedRequest(row.format, row.model, false)?.body, context);
  const { upstream, embeddings } = await engine();
  const target = embeddings.resolve(request.model);
  const parts = embeddingCalls(request, target.embedding, () => '');
  const call: Call = {
    ...beginning(row.format, startedAt),
    model: request.model,
    target,
    request: { messages: [{ role: 'user', content: request.inputs.map((text) => ({ text: String(text) })) }] },
    options: {},
    changes: [],
    stream: false,
    native: { dialect: 'embeddings', bodies: parts.map(({ body }) => body) },
  };
  const { served } = await collect(upstream(call));
  const durationMs = clock.monotonic() - startedAt;
  return {
    format: row.format,
    model: request.model,
    target: served.model,
    stream: false,
    firstEventMs: durationMs,
    durationMs,
    changes: served.changes.map(({ what }) => what),
  };
}

async function formatNamed(formats: FormatRoutes, name: string): Promise<WireFormat<unknown> | undefined> {
  for (const route of formats) {
    const format = await route.format();
    if (format.name === name) return format;
  }
  return undefined;
}
