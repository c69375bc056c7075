import type { JsonObject } from '../../base/json.ts';
import type { Change } from '../../converse/changes.ts';
import type { ModelOptions } from '../../converse/options.ts';
import type { ContentBlock, ConverseRequest, ToolResultContent } from '../../converse/request.ts';
import { adaptations } from '../adaptations.ts';
import type { FormatContext } from '../format.ts';
import { parseAnthropic } from './parse.ts';
import { modelOptions, prompt } from './request.ts';
import { type CountRequest, countSchema } from './schema.ts';
import { withoutTurnSwitches } from './turn-switches.ts';

/** Checks the body of POST /v1/messages/count_tokens. */
export function parseCount(body: unknown): CountRequest {
  return parseAnthropic(countSchema, body, ['model', 'messages']);
}

/** What is to be counted: the Converse members that Bedrock's CountTokens takes, and the wishes that may add tokens. */
export function countToConverse(
  asked: CountRequest,
  context: FormatContext,
): { model: string; request: ConverseRequest; options: ModelOptions; changes: Change[] } {
  const adapt = adaptations(context.strict);
  const request = withoutTurnSwitches(asked, adapt);
  return {
    model: context.pathModel ?? request.model,
    request: prompt(request, adapt),
    options: modelOptions(request, context, adapt),
    changes: adapt.changes,
  };
}

/** The answer of `POST /v1/messages/count_tokens`. */
export function toCount(inputTokens: number): JsonObject {
  return { input_tokens: inputTokens };
}

/** UTF-8 bytes for one token: low, so that the estimate errs towards too many. Three bytes are also one CJK character. */
const bytesPerToken = 3;
/** The service scales images to about 1.15 megapixels of 750 pixels a token. */
const imageTokens = 1600;
const turnTokens = 4;

/**
 * An ESTIMATE of a request's input tokens, for models that CountTokens refuses. It reads sizes only, and is meant to be
 * rather too high than too low: clients shorten their history by it.
 */
export function estimateTokens(request: Pick<ConverseRequest, 'messages' | 'system' | 'toolConfig'>): number {
  let bytes = sizeOf(request.system) + sizeOf(request.toolConfig);
  let tokens = 0;
  for (const message of request.messages) {
    tokens += turnTokens;
    for (const block of message.content) {
      if ('image' in block) tokens += imageTokens;
      else if ('toolResult' in block) {
        for (const part of block.toolResult.content) {
          if ('image' in part) tokens += imageTokens;
          else bytes += sizeOf(part);
        }
      } else bytes += sizeOf(block);
    }
  }
  return tokens + Math.ceil(bytes / bytesPerToken);
}

function sizeOf(
  part: ContentBlock | ToolResultContent | ConverseRequest['system'] | ConverseRequest['toolConfig'],
): number {
  return part === undefined ? 0 : Buffer.byteLength(JSON.stringify(part));
}
