import { openaiResponses } from '../../src/wire/openai-responses/format.ts';
import { componentOf, eventsIn, expectPublished } from '../wire/openai-responses/published.ts';
import { runScenarios } from './scenario.ts';

runScenarios(openaiResponses, 'responses', {
  stream: (text) => {
    for (const event of eventsIn(text)) expectPublished(componentOf(event.type), event);
  },
  response: (body) => expectPublished('Response', body),
});
