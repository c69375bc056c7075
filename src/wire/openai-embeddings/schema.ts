import * as z from 'zod';
import type { FormatContext } from '../format.ts';
import { parseBody } from '../parse-body.ts';
import { invalid } from '../refuse.ts';

/* The body of POST /v1/embeddings. */

const tokens = z.array(z.int().min(0)).min(1);

const body = z.looseObject({
  model: z.string().nullish(),
  input: z.union([z.string(), z.array(z.string()).min(1), tokens, z.array(tokens).min(1)]),
  encoding_format: z.enum(['float', 'base64']).nullish(),
  dimensions: z.int().min(1).nullish(),
  user: z.string().nullish(),
});

/** A checked body: every input one text, or one list of a tokenizer's numbers, which LangChain sends by default. */
export type EmbeddingsRequest = {
  model: string;
  inputs: (string | number[])[];
  encoding: 'float' | 'base64';
  dimensions?: number;
};

/** OpenAI's own limit on the inputs of one request. */
const mostInputs = 2048;

/** Checks an embeddings body. Throws `invalid_request` with the `param` in OpenAI's spelling. */
export function parseEmbeddingsRequest(raw: unknown, context: FormatContext): EmbeddingsRequest {
  const { input, dimensions, encoding_format, ...parsed } = parseBody(body, raw);
  const model = context.pathModel ?? parsed.model;
  if (!model) throw invalid('model', "'model' is missing; name one that GET /v1/models lists.");
  const inputs = listOf(input);
  const blank = inputs.findIndex((one) => typeof one === 'string' && one.trim() === '');
  if (blank !== -1) throw invalid(`input[${blank}]`, `'input[${blank}]' is blank; every input must hold some text.`);
  if (inputs.length > mostInputs) throw invalid('input', `'input' must hold at most ${mostInputs} texts.`);
  return { model, inputs, encoding: encoding_format ?? 'float', ...(dimensions ? { dimensions } : {}) };
}

function listOf(input: z.infer<typeof body>['input']): (string | number[])[] {
  if (typeof input === 'string') return [input];
  const isTokens = (list: typeof input): list is number[] => typeof list[0] === 'number';
  return isTokens(input) ? [input] : input;
}
