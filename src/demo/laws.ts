import type { ConverseBody } from './converse-body.ts';
import type { Family } from './family.ts';
import { cacheLaws } from './laws-cache.ts';
import { conversationLaws } from './laws-conversation.ts';
import { extraFieldLaws } from './laws-extra-fields.ts';
import { mediaLaws } from './laws-media.ts';
import { samplingLaws } from './laws-sampling.ts';
import { thinkingLaws } from './laws-thinking.ts';
import { toolHistoryLaws } from './laws-tool-history.ts';
import { toolLaws } from './laws-tools.ts';
import type { Refusal } from './refusal.ts';
import type { ThoughtBook } from './thought-book.ts';

/** All that a law may look at. */
export type Case = {
  body: ConverseBody;
  family: Family;
  streaming: boolean;
  /** Whether the model will think, by its default or by the request. */
  thinks: boolean;
  thoughts: ThoughtBook;
};

/** Gives Bedrock's refusal of a request, or nothing. */
export type Law = (request: Case) => Refusal | undefined;

/** In the order in which the service finds fault: its own front first, the model's provider last. */
const laws: readonly Law[] = [
  ...conversationLaws,
  ...toolLaws,
  ...toolHistoryLaws,
  ...mediaLaws,
  ...cacheLaws,
  ...samplingLaws,
  ...extraFieldLaws,
  ...thinkingLaws,
];

/** The first law that a well-shaped request breaks. */
export function refuseUnlawful(request: Case): Refusal | undefined {
  for (const law of laws) {
    const refusal = law(request);
    if (refusal) return refusal;
  }
  return undefined;
}
