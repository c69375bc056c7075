import type { LogEvent } from './log-event.ts';

/** One line of the audit; every line has every field, so that a spreadsheet can read it. Null: does not apply. */
export type AuditEntry = {
  timestamp: string;
  event_type: AuditEventType;
  principal: string | null;
  client: string | null;
  ip_address: string | null;
  endpoint: string | null;
  model: string | null;
  outcome: string;
  tokens: { input: number; output: number; cache_read: number; cache_write: number } | null;
  /** US dollars; null also where no price is known. */
  cost: number | null;
  cache: 'hit' | 'shared' | null;
  changes: readonly string[];
  details: Readonly<Record<string, string | number>>;
};

/** What a line tells of. */
export type AuditEventType =
  | 'call'
  | 'authentication_success'
  | 'authentication_failure'
  | 'authorization_failure'
  | 'request_refused'
  | 'rate_limit_violation'
  | 'budget_notice'
  | 'config_change'
  | 'key_created'
  | 'key_rotated'
  | 'key_revoked'
  | 'token_refresh'
  | 'content_policy_hit'
  | 'started'
  | 'stopped'
  | 'audit_repaired';

const nothing: Omit<AuditEntry, 'timestamp' | 'event_type' | 'outcome'> = {
  principal: null,
  client: null,
  ip_address: null,
  endpoint: null,
  model: null,
  tokens: null,
  cost: null,
  cache: null,
  changes: [],
  details: {},
};

/** What is left when a torn last line was cut off: the process before this one died while it wrote. */
export function repairEntry(bytes: number, now: number): AuditEntry {
  const timestamp = new Date(now).toISOString();
  return { ...nothing, timestamp, event_type: 'audit_repaired', outcome: 'torn line cut off', details: { bytes } };
}

/** What an event leaves in the audit, or undefined for those that are the log's alone. `now` is wall time in milliseconds. */
export function auditEntry(event: LogEvent, now: number): AuditEntry | undefined {
  const entry = (event_type: AuditEventType, outcome: string, more: Partial<AuditEntry> = {}): AuditEntry => ({
    ...nothing,
    timestamp: new Date(now).toISOString(),
    event_type,
    outcome,
    ...more,
  });
  switch (event.type) {
    case 'call':
      return entry('call', event.record.outcome, callFields(event));
    case 'authenticated':
      return entry('authentication_success', 'allowed', {
        principal: event.principalId,
        ip_address: event.ip,
        endpoint: event.route,
      });
    case 'refused': {
      const type =
        event.code === 'unauthorized'
          ? 'authentication_failure'
          : event.code === 'forbidden'
            ? 'authorization_failure'
            : 'request_refused';
      const details = { request_id: event.requestId, code: event.code, status: event.status };
      return entry(type, 'refused', { ip_address: event.ip, endpoint: event.route, details });
    }
    case 'limit':
      return entry('rate_limit_violation', 'refused', {
        principal: event.principalId,
        details: { call_id: event.callId, limit: event.limit, retry_after_ms: event.retryAfterMs },
      });
    case 'budget':
      return entry('budget_notice', 'reported', {
        cost: event.spentUsd,
        details: { scope: event.scope, period: event.period, percent: event.percent, limit_usd: event.limitUsd },
      });
    case 'content-policy':
      return entry('content_policy_hit', event.action, {
        details: { call_id: event.callId, rule: event.rule, hits: event.hits },
      });
    case 'refresh':
      return entry('token_refresh', event.outcome, { details: { provider: event.provider } });
    case 'config':
      return entry('config_change', 'changed', { details: { setting: event.setting, source: event.source } });
    case 'key':
      return entry(`key_${event.action}`, event.action, { details: { key_id: event.keyId } });
    case 'listening':
      return entry('started', 'listening', { endpoint: event.url, details: { upstream: event.upstream } });
    case 'stopped':
      return entry('stopped', 'stopped');
    case 'cache-unread':
    case 'stopping':
    case 'retry':
    case 'failover':
    case 'unknown-part':
    case 'failure':
      return undefined;
    default:
      return event satisfies never;
  }
}

function callFields({ record }: LogEvent & { type: 'call' }): Partial<AuditEntry> {
  const { usage, error, outcome } = record;
  return {
    principal: record.principal.id,
    client: record.client.name,
    ip_address: record.client.ip,
    endpoint: record.format,
    model: record.target,
    tokens: usage
      ? {
          input: usage.inputTokens,
          output: usage.outputTokens,
          cache_read: usage.cacheReadInputTokens,
          cache_write: usage.cacheWriteInputTokens,
        }
      : null,
    cost: record.cost?.usd ?? null,
    cache: outcome === 'cached' ? 'hit' : outcome === 'shared' ? 'shared' : null,
    changes: record.changes.map(({ what }) => what),
    details: {
      call_id: record.id,
      duration_ms: Math.round(record.durationMs),
      ...(error && { code: error.code }),
      ...(record.upstreamRequestId && { upstream_request_id: record.upstreamRequestId }),
    },
  };
}
