import * as z from 'zod';
import type { FormatContext } from '../format.ts';
import { parseBody } from '../parse-body.ts';
import { invalid, unsupported } from '../refuse.ts';

/* The body of POST /v1/completions, OpenAI's oldest route; editors still use it to fill gaps in code. */

const tokens = z.array(z.int());

const body = z.looseObject({
  model: z.string().nullish(),
  prompt: z.union([z.string(), z.array(z.string()), tokens, z.array(tokens)]).nullish(),
  suffix: z.string().nullish(),
  max_tokens: z.int().min(1).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  stop: z.union([z.string(), z.array(z.string())]).nullish(),
  n: z.int().min(1).max(128).nullish(),
  best_of: z.int().min(1).nullish(),
  echo: z.boolean().nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  user: z.string().nullish(),
});

/** A checked body, its one prompt as text. */
export type CompletionsRequest = z.infer<typeof body> & { model: string; prompt: string };

/** Checks a completions body. Throws `invalid_request`, or `unsupported` for prompts that are tokens or more than one. */
export function parseCompletionsRequest(raw: unknown, context: FormatContext): CompletionsRequest {
  const parsed = parseBody(body, raw);
  const model = context.pathModel ?? parsed.model;
  if (!model) throw invalid('model', "'model' is missing; name one that GET /v1/models lists.");
  return { ...parsed, model, prompt: onePrompt(parsed.prompt) };
}

function onePrompt(prompt: z.infer<typeof body>['prompt']): string {
  const prompts = Array.isArray(prompt) ? prompt : [prompt ?? ''];
  if (prompts.some((part) => typeof part !== 'string')) {
    throw unsupported('prompt', "'prompt' holds tokens, which mean nothing to Bedrock's models. Send text.");
  }
  const [only] = prompts;
  if (prompts.length > 1) throw unsupported('prompt', "'prompt' may hold one prompt. Send a request for each.");
  if (typeof only !== 'string' || only.trim() === '')
    throw invalid('prompt', "'prompt' must be a text that is not blank.");
  return only;
}
