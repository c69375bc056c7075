import { expect } from 'vitest';
import { anthropicMessages } from '../../src/wire/anthropic-messages/format.ts';
import { runScenarios } from './scenario.ts';

runScenarios(anthropicMessages, 'messages', {
  stream: (text) => expect(text.trimEnd().endsWith('data: {"type":"message_stop"}')).toBe(true),
  response: (body) => expect(body).toMatchObject({ type: 'message', role: 'assistant', model: 'bedrock-sonnet' }),
});
