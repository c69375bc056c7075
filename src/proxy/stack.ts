import type { Layer } from './layer.ts';
import { type RecordOptions, withRecord } from './with-record.ts';
import { type RetryOptions, withRetry } from './with-retry.ts';

export type StackOptions = { retry: RetryOptions; record: RecordOptions };

/** The layers round the upstream, inner first: read upwards to follow a request in. */
export function layersOf({ retry, record }: StackOptions): readonly Layer[] {
  return [
    withRetry(retry), // innermost: each attempt is signed anew; stops at the first content
    withRecord(record), // outermost: refused, aborted, failed or served, each call leaves one record
  ];
}
