import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { createExposition } from '../../src/observe/exposition.ts';
import { createMetrics } from '../../src/observe/metrics.ts';
import { sampleRecord } from './sample-record.ts';

const record = sampleRecord({
  firstEventMs: 30,
  durationMs: 2030,
  usage: { inputTokens: 100, outputTokens: 21, totalTokens: 121, cacheReadInputTokens: 5, cacheWriteInputTokens: 6 },
  cost: { usd: 0.25, savedUsd: 0.1 },
  changes: [{ what: 'max_tokens 9000 -> 4000', why: '' }],
});

function setup() {
  return createMetrics({
    version: '1.2.3',
    openCalls: () => 3,
    cache: () => ({ entries: 1, bytes: 10, hits: 4, misses: 6, shared: 2 }),
    reasoning: () => ({ turns: 1, bytes: 20 }),
  });
}

const model = 'gen_ai_request_model="anthropic.claude-sonnet-5"';
const genAi = `gen_ai_operation_name="chat",gen_ai_provider_name="aws.bedrock",${model}`;

test('one call shows in calls, durations, tokens, cost and changes', () => {
  const metrics = setup();
  metrics.count({ type: 'call', record });
  const lines = new Set(metrics.text().split('\n'));
  for (const line of [
    `claude_bedrock_calls_total{outcome="served",code="",format="openai-chat",${model}} 1`,
    `gen_ai_server_request_duration_seconds_sum{${genAi},error_type=""} 2.03`,
    `gen_ai_server_time_to_first_token_seconds_bucket{${genAi},le="0.02"} 0`,
    `gen_ai_server_time_to_first_token_seconds_bucket{${genAi},le="0.04"} 1`,
    `gen_ai_server_time_per_output_token_seconds_sum{${genAi}} 0.1`,
    `gen_ai_client_token_usage_sum{${genAi},gen_ai_token_type="input"} 111`,
    `claude_bedrock_tokens_total{${model},type="cache_read"} 5`,
    `claude_bedrock_cost_usd_total{${model}} 0.25`,
    `claude_bedrock_saved_usd_total{${model}} 0.1`,
    'claude_bedrock_changes_total{change="max_tokens N -> N"} 1',
    'claude_bedrock_open_calls 3',
    'claude_bedrock_response_cache_lookups_total{result="miss"} 4',
    'claude_bedrock_build_info{version="1.2.3"} 1',
  ]) {
    expect(lines).toContain(line);
  }
  metrics.close();
});

test('the conventions’ own metrics say which operation it was', () => {
  const metrics = setup();
  for (const format of ['openai-embeddings', 'openai-completions', 'anthropic-messages'])
    metrics.count({ type: 'call', record: { ...record, format } });
  const text = metrics.text();
  for (const operation of ['embeddings', 'text_completion', 'chat'])
    expect(text).toContain(
      `gen_ai_server_request_duration_seconds_count{gen_ai_operation_name="${operation}",gen_ai_provider_name="aws.bedrock",${model},error_type=""} 1`,
    );
  metrics.close();
});

test('a cached answer counts as a call and a saving, not as tokens; an unpriced one says so', () => {
  const metrics = setup();
  metrics.count({ type: 'call', record: { ...record, outcome: 'cached', cost: { usd: 0, savedUsd: 0.3 } } });
  const { cost: _, ...unpriced } = record;
  metrics.count({ type: 'call', record: { ...unpriced, modelId: 'new.model' } });
  const text = metrics.text();
  expect(text).not.toContain(`claude_bedrock_tokens_total{${model}`);
  expect(text).toContain('claude_bedrock_unpriced_calls_total{gen_ai_request_model="new.model"} 1');
  expect(text).not.toContain('claude_bedrock_cost_usd_total{gen_ai_request_model="new.model"}');
  metrics.close();
});

test('every event is counted where it belongs', () => {
  const metrics = setup();
  metrics.count({ type: 'refused', requestId: 'r', code: 'unauthorized', status: 401, route: '/', ip: '' });
  metrics.count({ type: 'retry', callId: 'r', attempt: 1, code: 'upstream_limited', afterMs: 1 });
  metrics.count({ type: 'refresh', provider: 'sso', outcome: 'lock_timeout', durationMs: 1 });
  metrics.count({ type: 'content-policy', callId: 'r', rule: 'EMAIL', action: 'mask', hits: 3 });
  for (const detail of ['event:ping', 'delta:{"a\nb"}']) metrics.count({ type: 'unknown-part', detail });
  const text = metrics.text();
  expect(text).toContain('claude_bedrock_refused_requests_total{code="unauthorized"} 1');
  expect(text).toMatch(/^claude_bedrock_auth_failures_total 1$/m);
  expect(text).toContain('claude_bedrock_retries_total{code="upstream_limited"} 1');
  expect(text).toContain('claude_bedrock_token_refreshes_total{provider="sso",outcome="lock_timeout"} 1');
  expect(text).toContain('claude_bedrock_content_policy_hits_total{rule="EMAIL",action="mask"} 3');
  expect(text).toContain('claude_bedrock_unknown_parts_total{part="event:ping"} 1');
  expect(text).toContain('claude_bedrock_unknown_parts_total{part="delta:__a_b__"} 1');
  metrics.close();
});

test('the page is Prometheus text: every sample has a help, a type and a number, and buckets only grow', () => {
  const metrics = setup();
  for (let nth = 0; nth < 50; nth++)
    metrics.count({ type: 'call', record: { ...record, durationMs: nth * 300, firstEventMs: nth } });
  const seen = new Set<string>();
  let buckets = { name: '', value: 0 };
  for (const line of metrics.text().trimEnd().split('\n')) {
    if (line.startsWith('# TYPE ')) seen.add(line.split(' ')[2] ?? '');
    if (line.startsWith('#')) continue;
    const [, name = '', labels = '', value = ''] = /^([a-z_]+)(\{.*\})? (\S+)$/.exec(line) ?? [];
    expect(Number.isFinite(Number(value)), line).toBe(true);
    expect(seen.has(name.replace(/_(bucket|sum|count)$/, '')) || seen.has(name), line).toBe(true);
    if (!name.endsWith('_bucket')) continue;
    const series = name + labels.replace(/,?le="[^"]*"/, '');
    if (series === buckets.name) expect(Number(value)).toBeGreaterThanOrEqual(buckets.value);
    buckets = { name: series, value: Number(value) };
  }
  metrics.close();
});

test('labels from outside are escaped, and no number of them makes the page grow without end', () => {
  const page = createExposition();
  const hits = page.counter('x', 'X.', ['name']);
  hits(['a"b\\c\nd']);
  for (let nth = 0; nth < 10_000; nth++) hits([`name ${nth}`]);
  const lines = page.text().trimEnd().split('\n');
  expect(lines[2]).toBe('x{name="a\\"b\\\\c\\nd"} 1');
  expect(lines.length).toBeLessThan(510);
  expect(lines.at(-1)).toBe('x{name="other"} 9501');
});

const keywords = new Set(['by', 'or', 'unless', 'offset', 'm', 'h']);

/** The metric names in a PromQL expression: words that are no function, keyword, label or string. */
function namesIn(expr: string): string[] {
  const bare = expr
    .replace(/\{[^}]*\}/g, '')
    .replace(/\[[^\]]*\]/g, '')
    .replace(/\b(?:by|without)\s*\([^)]*\)/g, '');
  return [...bare.matchAll(/\b[a-z][a-z_]*\b(?!\s*\()/g)].map(([name]) => name).filter((name) => !keywords.has(name));
}

test('the Grafana dashboard loads, shows only metrics that exist, and its panels do not overlap', () => {
  const metrics = setup();
  const dashboard = JSON.parse(readFileSync('docs/observability/grafana-dashboard.json', 'utf8'));
  const known = new Set(metrics.names());
  const used = dashboard.panels.flatMap((panel: { targets: { expr: string }[] }) =>
    panel.targets.flatMap(({ expr }) => namesIn(expr)),
  );
  expect(used.length).toBeGreaterThan(20);
  expect(used.filter((name: string) => !known.has(name))).toEqual([]);
  const places = dashboard.panels.map(
    ({ gridPos }: { gridPos: { x: number; y: number } }) => `${gridPos.x},${gridPos.y}`,
  );
  expect(new Set(places).size).toBe(places.length);
  metrics.close();
});

test('the alert rules load, watch only metrics that exist, and each says what to do', () => {
  const metrics = setup();
  const known = new Set(metrics.names());
  const { groups } = parse(readFileSync('docs/observability/alerts.yaml', 'utf8'));
  const rules: { alert: string; expr: string; annotations: { summary: string; action: string } }[] = groups[0].rules;
  expect(rules.length).toBeGreaterThan(5);
  for (const { alert, expr, annotations } of rules) {
    const used = namesIn(expr);
    expect(used.length, alert).toBeGreaterThan(0);
    expect(
      used.filter((name) => !known.has(name)),
      alert,
    ).toEqual([]);
    expect(annotations.summary && annotations.action, alert).toBeTruthy();
  }
  metrics.close();
});

test('an alert that one event must raise sees the event that begins its series, and none asks a histogram beyond its last bound', () => {
  const { groups } = parse(readFileSync('docs/observability/alerts.yaml', 'utf8'));
  const rules: { alert: string; expr: string }[] = groups[0].rules;
  const atOnce = rules.filter(({ expr }) => /increase\(.*\) > 0/.test(expr));
  expect(atOnce.map(({ alert }) => alert)).toEqual(['ClaudeBedrockSignInNeeded', 'ClaudeBedrockBudgetNearlySpent']);
  for (const { expr } of atOnce) expect(expr).toMatch(/or \((.+) unless \1 offset \d+[mh]\)/);
  for (const { alert, expr } of rules) expect(expr, alert).not.toContain('histogram_quantile');
});

const promtool = spawnSync('promtool', ['--version']).status === 0;
if (!promtool) process.stderr.write('SKIPPED: what promtool says of the page and the rules (it is not installed)\n');

test.skipIf(!promtool)('promtool finds nothing in the page, and the rules fire when they should', () => {
  const metrics = setup();
  metrics.count({ type: 'call', record });
  const page = spawnSync('promtool', ['check', 'metrics'], { input: metrics.text(), encoding: 'utf8' });
  metrics.close();
  expect(page.stderr + page.stdout).toBe('');
  const rules = spawnSync('promtool', ['test', 'rules', 'test/observe/alerts.promtool.yaml'], { encoding: 'utf8' });
  expect(rules.status, rules.stdout + rules.stderr).toBe(0);
});

test('the delay of the event loop is a summary: nothing else may have quantiles', () => {
  const metrics = setup();
  expect(metrics.text()).toMatch(
    /# TYPE claude_bedrock_event_loop_delay_seconds summary\nclaude_bedrock_event_loop_delay_seconds\{quantile="0.5"\} /,
  );
  metrics.close();
});
