import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { CallRecord } from './call-record.ts';
import { createExposition, type Exposition } from './exposition.ts';
import { operationOf, provider } from './gen-ai.ts';
import type { LogEvent } from './log-event.ts';

/** The counters, and their page for Prometheus. */
export type Metrics = {
  /** Counts an event; a few additions. */
  count(event: LogEvent): void;
  /** The page that `GET /metrics` answers with, as {@link metricsContentType}. */
  text(): string;
  /** The names of all metrics, for the test of dashboards and alerts. */
  names(): string[];
  close(): void;
};

/** The media type of Prometheus' text format. */
export const metricsContentType = 'text/plain; version=0.0.4; charset=utf-8';

/** What others keep and the page shows; read at each scrape. */
export type MetricSources = {
  version: string;
  openCalls: () => number;
  cache?: () => { entries: number; bytes: number; hits: number; misses: number; shared: number };
  reasoning?: () => { turns: number; bytes: number };
};

/** The probe's own period, which Node counts in. Shorter ones keep an idle laptop's processor awake. */
const loopProbeMs = 100;

/** Bucket bounds that OpenTelemetry's GenAI conventions recommend, in seconds and tokens. */
const durations = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
const firstTokens = [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
const perToken = [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5];
const tokenCounts = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576];

/** The counters of one process, all at zero. */
export function createMetrics(sources: MetricSources): Metrics {
  const page = createExposition();
  const call = callMetrics(page);
  const other = eventMetrics(page);
  const delay = monitorEventLoopDelay({ resolution: loopProbeMs });
  delay.enable();
  sourceMetrics(page, sources, delay);
  return {
    count: (event) => (event.type === 'call' ? call(event.record) : other(event)),
    text() {
      const text = page.text();
      delay.reset();
      return text;
    },
    names: page.names,
    close: () => {
      delay.disable();
    },
  };
}

/** Names after the GenAI semantic conventions where they have one, ours under `claude_bedrock_` where not. */
function callMetrics(page: Exposition): (record: CallRecord) => void {
  const model = ['gen_ai_request_model'];
  // The conventions require both of every metric of theirs.
  const genAi = ['gen_ai_operation_name', 'gen_ai_provider_name', ...model];
  const calls = page.counter('claude_bedrock_calls_total', 'Calls by how they ended.', [
    'outcome',
    'code',
    'format',
    ...model,
  ]);
  const duration = page.histogram(
    'gen_ai_server_request_duration_seconds',
    'From the head of a request to the end of its answer.',
    [...genAi, 'error_type'],
    durations,
  );
  const first = page.histogram(
    'gen_ai_server_time_to_first_token_seconds',
    'From the head of a request to the first event of its answer.',
    genAi,
    firstTokens,
  );
  const each = page.histogram(
    'gen_ai_server_time_per_output_token_seconds',
    'Per output token behind the first.',
    genAi,
    perToken,
  );
  const usage = page.histogram(
    'gen_ai_client_token_usage',
    'Tokens per call.',
    [...genAi, 'gen_ai_token_type'],
    tokenCounts,
  );
  const tokens = page.counter('claude_bedrock_tokens_total', 'Tokens that Bedrock counted.', [...model, 'type']);
  const usd = page.counter('claude_bedrock_cost_usd_total', 'US dollars, of the calls whose price is known.', model);
  const saved = page.counter(
    'claude_bedrock_saved_usd_total',
    'US dollars that caches kept off the bill, less what cache writes cost extra.',
    model,
  );
  const unpriced = page.counter(
    'claude_bedrock_unpriced_calls_total',
    'Calls that used tokens of unknown price.',
    model,
  );
  const changes = page.counter('claude_bedrock_changes_total', 'Adaptations of requests, numbers left out.', [
    'change',
  ]);

  return (record) => {
    const { modelId, outcome, error, firstEventMs, durationMs, cost } = record;
    const labels = [modelId];
    const genAiLabels = [operationOf(record), provider, modelId];
    calls([outcome, error?.code ?? '', record.format, modelId]);
    duration([...genAiLabels, error?.code ?? ''], durationMs / 1000);
    for (const { what } of record.changes) changes([what.replace(/\d[\d.,]*/g, 'N').slice(0, 60)]);
    if (firstEventMs !== undefined) first(genAiLabels, firstEventMs / 1000);
    if (cost) {
      usd(labels, cost.usd);
      // Prometheus counters never fall: a net loss by cache writes shows in the cost itself.
      saved(labels, Math.max(0, cost.savedUsd));
    }
    const used = record.usage;
    if (!used || outcome === 'cached' || outcome === 'shared') return;
    if (!cost) unpriced(labels);
    usage([...genAiLabels, 'input'], used.inputTokens + used.cacheReadInputTokens + used.cacheWriteInputTokens);
    usage([...genAiLabels, 'output'], used.outputTokens);
    tokens([modelId, 'input'], used.inputTokens);
    tokens([modelId, 'output'], used.outputTokens);
    tokens([modelId, 'cache_read'], used.cacheReadInputTokens);
    tokens([modelId, 'cache_write'], used.cacheWriteInputTokens);
    if (record.stream && firstEventMs !== undefined && used.outputTokens > 1) {
      each(genAiLabels, (durationMs - firstEventMs) / 1000 / (used.outputTokens - 1));
    }
  };
}

function eventMetrics(page: Exposition): (event: Exclude<LogEvent, { type: 'call' }>) => void {
  const refused = page.counter(
    'claude_bedrock_refused_requests_total',
    'Requests refused before they became calls; `unauthorized` are failed keys.',
    ['code'],
  );
  const authFailures = page.counter('claude_bedrock_auth_failures_total', 'Requests with no key or a wrong one.', []);
  const limits = page.counter('claude_bedrock_limit_hits_total', 'Calls refused by a limit of this proxy.', ['limit']);
  const retries = page.counter('claude_bedrock_retries_total', 'Attempts repeated before the first content.', ['code']);
  const failovers = page.counter('claude_bedrock_failovers_total', 'Calls that went to another Region.', [
    'from',
    'to',
    'code',
  ]);
  const refreshes = page.counter('claude_bedrock_token_refreshes_total', 'Token refreshes by outcome.', [
    'provider',
    'outcome',
  ]);
  const policy = page.counter('claude_bedrock_content_policy_hits_total', 'Hits of detectors and content rules.', [
    'rule',
    'action',
  ]);
  const budgets = page.counter('claude_bedrock_budget_notices_total', 'Budgets that passed 80, 95 or 100 percent.', [
    'scope',
    'period',
    'percent',
  ]);
  const unknownParts = page.counter(
    'claude_bedrock_unknown_parts_total',
    'Parts of answers that have no name here and were left out: a sign of a newer Bedrock.',
    ['part'],
  );
  const failures = page.counter('claude_bedrock_failures_total', 'Failures outside of calls.', ['where', 'code']);
  return (event) => {
    switch (event.type) {
      case 'refused':
        if (event.code === 'unauthorized') authFailures([]);
        return refused([event.code]);
      case 'limit':
        return limits([event.limit]);
      case 'retry':
        return retries([event.code]);
      case 'failover':
        return failovers([event.from, event.to, event.code]);
      case 'refresh':
        return refreshes([event.provider, event.outcome]);
      case 'content-policy':
        return policy([event.rule, event.action], event.hits);
      case 'budget':
        return budgets([event.scope, event.period, String(event.percent)]);
      case 'unknown-part':
        return unknownParts([event.detail.replace(/[^\w:,.-]/g, '_').slice(0, 60)]);
      case 'failure':
        return failures([event.where, event.code]);
      case 'cache-unread':
      case 'listening':
      case 'stopping':
      case 'stopped':
      case 'authenticated':
      case 'config':
      case 'key':
        return;
      default:
        return event satisfies never;
    }
  };
}

type Delay = { percentile(percent: number): number };

function sourceMetrics(page: Exposition, { version, openCalls, cache, reasoning }: MetricSources, delay: Delay): void {
  const one = (value: number) => [{ labels: [], value }];
  page.gauge('claude_bedrock_build_info', 'Always 1; the version is a label.', ['version'], () => [
    { labels: [version], value: 1 },
  ]);
  page.gauge('claude_bedrock_open_calls', 'Answers under way.', [], () => one(openCalls()));
  page.summary('claude_bedrock_event_loop_delay_seconds', 'Delay of the event loop since the last scrape.', () =>
    [50, 99].map((percent) => ({
      quantile: percent / 100,
      value: Math.max(0, delay.percentile(percent) / 1e9 - loopProbeMs / 1000),
    })),
  );
  page.gauge('process_resident_memory_bytes', 'Resident memory.', [], () => one(process.memoryUsage.rss()));
  page.reading('process_cpu_seconds_total', 'CPU time, user and system.', [], () => {
    const { user, system } = process.cpuUsage();
    return one((user + system) / 1e6);
  });
  if (cache) {
    page.reading('claude_bedrock_response_cache_lookups_total', 'Looks into the response cache.', ['result'], () => {
      const { hits, misses, shared } = cache();
      return [
        { labels: ['hit'], value: hits },
        { labels: ['miss'], value: misses - shared },
        { labels: ['shared'], value: shared },
      ];
    });
    page.gauge('claude_bedrock_response_cache_bytes', 'Memory of the response cache.', [], () => one(cache().bytes));
    page.gauge('claude_bedrock_response_cache_entries', 'Answers in the response cache.', [], () =>
      one(cache().entries),
    );
  }
  if (reasoning) {
    page.gauge('claude_bedrock_reasoning_store_bytes', 'Memory of the store of signed thinking.', [], () =>
      one(reasoning().bytes),
    );
    page.gauge('claude_bedrock_reasoning_store_turns', 'Turns whose thinking is remembered.', [], () =>
      one(reasoning().turns),
    );
  }
}
