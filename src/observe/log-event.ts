import type { ErrorCode } from '../base/errors.ts';
import type { CallRecord } from './call-record.ts';

/** How loud the log is. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/**
 * Everything that the program ever logs. Fields are ids, names, counts and durations that we made ourselves; text from
 * outside has one place, `detail`, and passes the scrubber. A new kind of line is a new member here and a row in `lineOf`.
 */
export type LogEvent =
  | { type: 'listening'; url: string; upstream: string; region?: string }
  | { type: 'stopping'; reason: string; openStreams: number }
  | { type: 'stopped' }
  | { type: 'call'; record: CallRecord }
  | {
      type: 'retry';
      callId: string;
      attempt: number;
      code: ErrorCode;
      afterMs: number;
      upstreamRequestId?: string | undefined;
    }
  | { type: 'failover'; callId: string; from: string; to: string; code: ErrorCode }
  | { type: 'refused'; requestId: string; code: ErrorCode; status: number; route: string; ip: string }
  /** A key or a sign-in was used from an address for the first time in this process. */
  | { type: 'authenticated'; principalId: string; route: string; ip: string }
  | { type: 'limit'; callId: string; principalId: string; limit: string; retryAfterMs: number }
  | { type: 'budget'; scope: string; period: 'day' | 'month'; percent: number; spentUsd: number; limitUsd: number }
  | { type: 'content-policy'; callId: string; rule: string; action: 'report' | 'mask' | 'block'; hits: number }
  /** A beginning was written to Bedrock's prompt cache time after time and never read. */
  | { type: 'cache-unread'; principalId: string; modelId: string; calls: number; writtenTokens: number }
  | { type: 'refresh'; provider: string; outcome: string; durationMs: number; detail?: string }
  | { type: 'config'; setting: string; source: string }
  | { type: 'key'; action: 'created' | 'rotated' | 'revoked'; keyId: string }
  /** A part of Bedrock's answer that has no name here and was left out, e.g. `event:ping`. */
  | { type: 'unknown-part'; detail: string }
  | { type: 'failure'; where: string; code: ErrorCode; detail?: string | undefined };

/** A finished line: the level it speaks at, and its flat fields. */
export type LogLine = {
  level: Exclude<LogLevel, 'silent'>;
  msg: string;
  fields: Record<string, string | number | boolean | undefined>;
};

/** The allow-list itself: each event names the fields it gives away, none is copied as a whole. */
export function lineOf(event: LogEvent): LogLine {
  switch (event.type) {
    case 'listening':
      return line('info', 'listening', { url: event.url, upstream: event.upstream, region: event.region });
    case 'stopping':
      return line('info', 'stopping', { reason: event.reason, openStreams: event.openStreams });
    case 'stopped':
      return line('info', 'stopped', {});
    case 'call':
      return callLine(event.record);
    case 'retry': {
      const { callId, attempt, code, afterMs, upstreamRequestId } = event;
      return line('warn', 'retry', { callId, attempt, code, afterMs: Math.round(afterMs), upstreamRequestId });
    }
    case 'failover':
      return line('warn', 'failover', { callId: event.callId, from: event.from, to: event.to, code: event.code });
    case 'refused': {
      const { requestId, code, status, route, ip } = event;
      return line('warn', 'refused', { requestId, code, status, route, ip });
    }
    case 'authenticated':
      return line('info', 'authenticated', { principalId: event.principalId, route: event.route, ip: event.ip });
    case 'limit': {
      const { callId, principalId, limit, retryAfterMs } = event;
      return line('warn', 'limit reached', { callId, principalId, limit, retryAfterMs });
    }
    case 'budget': {
      const { scope, period, percent, spentUsd, limitUsd } = event;
      return line('warn', 'budget', { scope, period, percent, spentUsd, limitUsd });
    }
    case 'content-policy': {
      const { callId, rule, action, hits } = event;
      return line('warn', 'content policy', { callId, rule, action, hits });
    }
    case 'cache-unread': {
      const { principalId, modelId, calls, writtenTokens } = event;
      return line('warn', 'prompt cache never read', { principalId, modelId, calls, writtenTokens });
    }
    case 'refresh': {
      const { provider, outcome, durationMs, detail } = event;
      return line(outcome === 'success' ? 'info' : 'warn', 'token refresh', { provider, outcome, durationMs, detail });
    }
    case 'config':
      return line('info', 'setting changed', { setting: event.setting, source: event.source });
    case 'key':
      return line('info', `key ${event.action}`, { keyId: event.keyId });
    case 'unknown-part':
      return line('debug', 'part of an answer left out', { detail: event.detail });
    case 'failure':
      return line('error', 'failure', { where: event.where, code: event.code, detail: event.detail });
    default:
      return event satisfies never;
  }
}

function line(level: LogLine['level'], msg: string, fields: LogLine['fields']): LogLine {
  return { level, msg, fields };
}

function callLine(record: CallRecord): LogLine {
  const { usage, error } = record;
  return line(callLevel(record), 'call', {
    id: record.id,
    outcome: record.outcome,
    principal: record.principal.id,
    client: record.client.name,
    format: record.format,
    model: record.model,
    target: record.target,
    region: record.region,
    stream: record.stream,
    firstEventMs: rounded(record.firstEventMs),
    durationMs: rounded(record.durationMs),
    stopReason: record.stopReason,
    inputTokens: usage?.inputTokens,
    outputTokens: usage?.outputTokens,
    cacheReadTokens: usage?.cacheReadInputTokens,
    cacheWriteTokens: usage?.cacheWriteInputTokens,
    usd: record.cost?.usd,
    changes: record.changes.length === 0 ? undefined : record.changes.map(({ what }) => what).join('; '),
    upstreamRequestId: record.upstreamRequestId,
    code: error?.code,
    detail: error?.detail,
  });
}

/** A client that hangs up and a request that is wrong are everyday; what fails on our side or upstream is not. */
function callLevel({ outcome }: CallRecord): LogLine['level'] {
  if (outcome === 'failed') return 'error';
  return outcome === 'refused' ? 'warn' : 'info';
}

function rounded(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.round(ms * 10) / 10;
}
