import { openaiChat } from '../../src/wire/openai-chat/format.ts';
import { chunksOf, expectPublished } from '../wire/openai-chat/published.ts';
import { runScenarios } from './scenario.ts';

runScenarios(openaiChat, 'chat', {
  stream: (text) => {
    for (const chunk of chunksOf(text)) expectPublished('CreateChatCompletionStreamResponse', chunk);
  },
  response: (body) => expectPublished('CreateChatCompletionResponse', body),
});
