import type { CallRecord } from './call-record.ts';

/** `gen_ai.provider.name`, required of spans and metrics alike (OpenTelemetry's conventions for AWS Bedrock). */
export const provider = 'aws.bedrock';

/** `gen_ai.operation.name`: what was asked for, in the conventions' own words. */
export function operationOf({ format }: Pick<CallRecord, 'format'>): 'chat' | 'text_completion' | 'embeddings' {
  if (format === 'openai-embeddings') return 'embeddings';
  return format === 'openai-completions' ? 'text_completion' : 'chat';
}
