import { expect, test } from 'vitest';
import { formatRoutes } from '../../src/http/formats.ts';
import { warmUpFormat } from '../../src/http/warm-up.ts';

test.each(formatRoutes)(
  'the format of $path translates its canned request and answer, both ways',
  async ({ format }) => {
    const warmed = await format();
    const told: string[] = [];
    warmUpFormat({
      ...warmed,
      toConverse(request, context) {
        const translated = warmed.toConverse(request, context);
        told.push(translated.model);
        return translated;
      },
      toStream(context) {
        const encoder = warmed.toStream(context);
        return {
          ...encoder,
          push(events, choice) {
            const text = encoder.push(events, choice);
            told.push(text.includes('Hello.') ? 'streamed' : text);
            return text;
          },
        };
      },
      toResponse(answers, context) {
        const response = warmed.toResponse(answers, context);
        told.push(JSON.stringify(response).includes('Hello.') ? 'whole' : 'nothing');
        return response;
      },
    });
    expect(told).toEqual(['bedrock-sonnet', 'streamed', 'whole']);
  },
);
