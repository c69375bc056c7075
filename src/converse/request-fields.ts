import type { Note } from './notes.ts';
import type { ConverseRequest, InferenceConfig } from './request.ts';
import { rewriteList } from './rewrite-list.ts';
import { isBlank } from './turns.ts';

/** Drops blank system text, and the field when nothing is left: text has a minimum length of 1. */
export function checkSystem(request: ConverseRequest, note: Note): ConverseRequest {
  if (!request.system) return request;
  const system = rewriteList(request.system, (block) => ('text' in block && isBlank(block.text) ? undefined : block));
  if (system !== request.system) note('blank system text dropped', 'Converse refuses blank text blocks');
  if (system.some((block) => !('cachePoint' in block)))
    return system === request.system ? request : { ...request, system };
  const { system: _, ...rest } = request;
  return rest;
}

/** Brings numbers, stop sequences and metadata into the ranges of the service model. */
export function checkFields(request: ConverseRequest, note: Note): ConverseRequest {
  const inferenceConfig = request.inferenceConfig && lawfulInference(request.inferenceConfig, note);
  const requestMetadata = request.requestMetadata && lawfulMetadata(request.requestMetadata, note);
  if (inferenceConfig === request.inferenceConfig && requestMetadata === request.requestMetadata) return request;
  const { inferenceConfig: _i, requestMetadata: _m, ...rest } = request;
  return { ...rest, ...(inferenceConfig && { inferenceConfig }), ...(requestMetadata && { requestMetadata }) };
}

function lawfulInference(given: InferenceConfig, note: Note): InferenceConfig {
  const maxTokens = given.maxTokens === undefined ? undefined : wholeAboveZero(given.maxTokens);
  const temperature = inUnitRange(given.temperature);
  const topP = inUnitRange(given.topP);
  const stopSequences = lawfulStops(given.stopSequences);
  const changed = [
    maxTokens !== given.maxTokens && 'maxTokens',
    temperature !== given.temperature && 'temperature',
    topP !== given.topP && 'topP',
    stopSequences !== given.stopSequences && 'stopSequences',
  ].filter((field) => field !== false);
  if (changed.length === 0) return given;
  for (const field of changed) note(`${field} brought into range`, 'the service model limits the value');
  return {
    ...(maxTokens !== undefined && { maxTokens }),
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(stopSequences !== undefined && { stopSequences }),
  };
}

function wholeAboveZero(value: number): number | undefined {
  return Number.isFinite(value) ? Math.max(1, Math.floor(value)) : undefined;
}

function inUnitRange(value: number | undefined): number | undefined {
  return value === undefined || Number.isNaN(value) ? undefined : Math.min(1, Math.max(0, value));
}

/** `InferenceConfiguration`: at most 2500 items of at least one character. */
const maxStops = 2500;

function lawfulStops(stops: string[] | undefined): string[] | undefined {
  if (!stops) return undefined;
  if (stops.length > 0 && stops.length <= maxStops && !stops.includes('')) return stops;
  const lawful = stops.filter((stop) => stop !== '').slice(0, maxStops);
  return lawful.length > 0 ? lawful : undefined;
}

/** `RequestMetadata`: 1–16 pairs, keys 1–256, values 0–256 characters of this set. */
const illegal = /[^a-zA-Z0-9\s:_@$#=/+,\-.]/g;
const maxPairs = 16;

function lawfulMetadata(given: Record<string, string>, note: Note): Record<string, string> | undefined {
  const entries = Object.entries(given);
  const lawful = entries
    .map(([key, value]) => [legalText(key), legalText(value)] as const)
    .filter(([key]) => key !== '')
    .slice(0, maxPairs);
  const same =
    lawful.length === entries.length &&
    lawful.every(([key, value], at) => key === entries[at]?.[0] && value === entries[at]?.[1]);
  if (same && lawful.length > 0) return given;
  note('metadata trimmed', 'request metadata holds 16 pairs of up to 256 plain characters');
  return lawful.length === 0 ? undefined : Object.fromEntries(lawful);
}

function legalText(text: string): string {
  return text.replace(illegal, '_').slice(0, 256);
}
