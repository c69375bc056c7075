import type { CallRecord } from '../../src/observe/call-record.ts';

/** What a served call leaves, with whatever a test wants different. */
export function sampleRecord(different: Partial<CallRecord> = {}): CallRecord {
  return {
    id: 'req_1',
    at: 0,
    principal: { id: 'key_a', name: 'editor' },
    client: { name: 'cursor', ip: '127.0.0.1' },
    format: 'openai-chat',
    model: 'bedrock-sonnet',
    target: 'eu.anthropic.claude-sonnet-5',
    modelId: 'anthropic.claude-sonnet-5',
    region: 'eu-central-1',
    stream: true,
    outcome: 'served',
    durationMs: 120,
    usage: { inputTokens: 100, outputTokens: 20, totalTokens: 120, cacheReadInputTokens: 5, cacheWriteInputTokens: 6 },
    changes: [],
    ...different,
  };
}
