import type { ErrorCode } from '../base/errors.ts';
import type { Change } from '../converse/changes.ts';
import type { CallOutcome, CallRecord } from './call-record.ts';
import type { LogEvent } from './log-event.ts';
import { type Notice, noticeOf } from './notice.ts';
import { createRecent } from './recent.ts';

/** A call that the model has not finished. */
export type OpenCall = { id: string; at: number; client: string; format: string; model: string; target: string };

/** A finished call as the dashboard shows it: names, counts and durations. Nothing that anybody wrote, no address. */
export type CallRow = OpenCall & {
  key: string;
  modelId: string;
  region: string;
  stream: boolean;
  outcome: CallOutcome;
  error?: { code: ErrorCode; fix?: string; retryAfterMs?: number };
  upstreamRequestId?: string;
  firstEventMs?: number;
  durationMs: number;
  stopReason?: string;
  tokens?: { input: number; output: number; cacheRead: number; cacheWrite: number };
  maxTokens?: number;
  /** US dollars; absent where no price is known. */
  usd?: number;
  savedUsd?: number;
  changes: readonly Change[];
};

/** What happened just now. `ended`: what `began` is over, with or without a row of its own. */
export type News =
  | { type: 'began'; call: OpenCall }
  | { type: 'ended'; call: CallRow }
  | { type: 'notice'; notice: Notice };

/** What the live page looks at: the last calls, those under way, and what concerns safety. Bounded, and lost with the process. */
export type RecentCalls = {
  began(call: OpenCall): void;
  /** Takes every event; those that are no news are passed over. Never throws. */
  write(event: LogEvent): void;
  /** Newest first. */
  calls(): CallRow[];
  open(): OpenCall[];
  /** Newest first; what happened again stands once, at its last time. */
  notices(): readonly Notice[];
  find(id: string): CallRow | undefined;
  /** Tells the listener all news until the returned function is called. */
  subscribe(listener: (news: News) => void): () => void;
};

export type RecentOptions = {
  /** Wall time in milliseconds. */
  now: () => number;
  most?: number;
  /** Turns the commands in our words into those that work for this person. */
  asTyped?: ((text: string) => string) | undefined;
};

/** Nothing has happened yet. */
export function createRecentCalls({ now, most = 250, asTyped = (text) => text }: RecentOptions): RecentCalls {
  const calls = createRecent<CallRow>(most);
  let notices: Notice[] = [];
  const open = new Map<string, OpenCall>();
  const listeners = new Set<(news: News) => void>();
  const tell = (news: News) => {
    for (const listener of listeners) listener(news);
  };
  const ended = (record: CallRecord) => {
    const row = rowOf(record, asTyped);
    open.delete(record.id);
    calls.add(row);
    tell({ type: 'ended', call: row });
  };
  return {
    began(call) {
      open.set(call.id, call);
      tell({ type: 'began', call });
    },
    write(event) {
      if (event.type === 'call') return ended(event.record);
      const notice = noticeOf(event, now());
      if (!notice) return;
      // A client that tries again all day must not push everything else out.
      const before = notices.find(({ what, about }) => what === notice.what && about === notice.about);
      const folded = before ? { ...notice, times: (before.times ?? 1) + 1 } : notice;
      notices = [folded, ...notices.filter((each) => each !== before)].slice(0, mostNotices);
      tell({ type: 'notice', notice: folded });
    },
    calls: () => [...calls.list()].reverse(),
    open: () => [...open.values()],
    notices: () => notices,
    find: (id) => calls.list().findLast((row) => row.id === id),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

const mostNotices = 100;

/** The longest name from outside that is shown. */
const longestName = 120;

function rowOf(record: CallRecord, asTyped: (text: string) => string): CallRow {
  const { usage, cost, error } = record;
  const row: CallRow = {
    id: record.id,
    at: record.at,
    key: record.principal.name,
    client: record.client.name,
    format: record.format,
    model: record.model.slice(0, longestName),
    target: record.target.slice(0, longestName * 2),
    modelId: record.modelId.slice(0, longestName * 2),
    region: record.region,
    stream: record.stream,
    outcome: record.outcome,
    durationMs: record.durationMs,
    changes: record.changes,
  };
  if (error) {
    const { code, fix, retryAfterMs } = error;
    row.error = {
      code,
      ...(fix !== undefined && { fix: asTyped(fix) }),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    };
  }
  if (usage) {
    row.tokens = {
      input: usage.inputTokens,
      output: usage.outputTokens,
      cacheRead: usage.cacheReadInputTokens,
      cacheWrite: usage.cacheWriteInputTokens,
    };
  }
  if (cost) Object.assign(row, cost);
  if (record.firstEventMs !== undefined) row.firstEventMs = record.firstEventMs;
  if (record.stopReason !== undefined) row.stopReason = record.stopReason;
  if (record.maxTokens !== undefined) row.maxTokens = record.maxTokens;
  if (record.upstreamRequestId !== undefined) row.upstreamRequestId = record.upstreamRequestId;
  return row;
}
