import type { CallRecord } from './call-record.ts';
import { attributesOf, type Span, spanOf } from './span.ts';

export type TracesOptions = {
  url: string;
  headers: Readonly<Record<string, string>>;
  resource: Readonly<Record<string, string>>;
  version: string;
  /** Told once when the collector does not take spans, and again only after it did. */
  onError(error: Error): void;
  /** How long spans wait for company, in milliseconds. */
  everyMs?: number;
};

/** Spans on their way to a collector. */
export type Traces = {
  /** Takes a call's record; never waits, never throws. */
  add(record: CallRecord): void;
  /** Sends what is left, for three seconds at most. Never rejects. */
  close(): Promise<void>;
};

/** As the SDK's batch processor has them. */
const mostWaiting = 2_048;
const mostTogether = 512;

/**
 * Sends spans in batches to an OTLP/HTTP collector, as JSON. One request is open at a time; what does not fit into the
 * queue, or was in a batch that the collector did not take, is lost.
 */
export function createTraces({ url, headers, resource, version, onError, everyMs = 5_000 }: TracesOptions): Traces {
  let waiting: Span[] = [];
  let timer: NodeJS.Timeout | undefined;
  let sending: Promise<void> | undefined;
  let isWell = true;
  const about = attributesOf({ ...resource, 'service.version': version });

  const post = async (spans: readonly Span[], timeoutMs: number): Promise<void> => {
    const scopeSpans = [{ scope: { name: 'claude-bedrock', version }, spans }];
    const answer = await fetch(url, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ resourceSpans: [{ resource: { attributes: about }, scopeSpans }] }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    await answer.body?.cancel();
    if (!answer.ok) throw new Error(`the collector of traces answered ${answer.status}`);
  };
  const send = async (timeoutMs: number): Promise<void> => {
    const batch = waiting.slice(0, mostTogether);
    waiting = waiting.slice(mostTogether);
    try {
      await post(batch, timeoutMs);
      isWell = true;
    } catch (thrown) {
      if (isWell) onError(reasonOf(thrown));
      isWell = false;
    }
  };
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    sending ??= send(10_000).finally(() => {
      sending = undefined;
      schedule();
    });
  };
  function schedule(): void {
    if (waiting.length >= mostTogether) flush();
    else if (waiting.length > 0) timer ??= setTimeout(flush, everyMs).unref();
  }
  return {
    add(record) {
      if (waiting.length >= mostWaiting) return;
      const span = spanOf(record);
      if (!span) return;
      waiting.push(span);
      if (!sending) schedule();
    },
    async close() {
      const endsAt = performance.now() + 3_000;
      const left = () => Math.max(1, Math.ceil(endsAt - performance.now()));
      if (sending) await Promise.race([sending, new Promise((resolve) => setTimeout(resolve, left()).unref())]);
      while (waiting.length > 0 && isWell && endsAt > performance.now()) await send(left());
      waiting = [];
      clearTimeout(timer);
    },
  };
}

/** What `fetch` says of a connection is "fetch failed"; why stands in its cause. */
function reasonOf(thrown: unknown): Error {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  if (error.cause === undefined) return error;
  return new Error(`the collector of traces does not answer: ${error.cause}`, { cause: error });
}
