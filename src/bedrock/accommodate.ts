import type { Call } from '../converse/call.ts';
import type { Event } from '../converse/events.ts';
import { takeNotes } from '../converse/notes.ts';
import type { Tool } from '../converse/request.ts';
import type { Accommodation } from './accommodation.ts';
import { takeOffFence } from './code-fence.ts';
import { fitDocumentSources } from './document-source.ts';
import { type AccommodateSettings, type Draft, fieldsAsJson, type Rule } from './draft.ts';
import { fitDocuments, fitMedia, splitResults } from './fit-media.ts';
import {
  fitBetas,
  fitParallelCalls,
  fitSchemaTops,
  fitStreaming,
  fitStrict,
  fitToolChoice,
  fitTools,
  fitWrittenCalls,
} from './fit-tools.ts';
import { fitEnds, fitReasoningPlace, fitReplay, fitSystem } from './fit-turns.ts';
import { readJsonCalls } from './json-calls.ts';
import { fitCachePoints } from './prompt-cache.ts';
import { aliasProperties, restoreProperties } from './property-names.ts';
import { askForReasoning } from './reasoning.ts';
import { type Restorer, restoreAnswer, restoreNames } from './restore.ts';
import { fitInference } from './sampling.ts';
import { readSectionedCalls } from './sectioned-calls.ts';
import { structureOutput } from './structured-output.ts';
import { aliasToolNames, shortenToolIds } from './tool-names.ts';

/** In this order: a later rule sees what the earlier ones made. */
const rules: readonly Rule[] = [
  fitReplay, // before thinking: a tool loop that lost its thoughts must not think on
  fitReasoningPlace,
  fitTools,
  askForReasoning,
  structureOutput, // after thinking: a thinking model may not be forced to call the answer tool
  fitSystem, // after the instructions that structured output adds
  fitMedia,
  fitToolChoice,
  fitStrict,
  fitSchemaTops,
  fitWrittenCalls,
  aliasToolNames,
  aliasProperties,
  shortenToolIds,
  fitParallelCalls,
  splitResults,
  fitDocuments,
  fitDocumentSources,
  fitEnds,
  fitStreaming,
  fitInference,
  fitBetas,
  fitCachePoints, // last: points stand behind what is really sent
];

/** Fits a checked request to the model's row. Pure: the call is not changed, and the same call gives the same result. */
export function accommodate(call: Call, settings: AccommodateSettings = {}): Accommodation {
  const { changes, note } = takeNotes();
  const { additionalModelRequestFields: _, ...request } = call.request;
  const draft: Draft = {
    request,
    options: call.options,
    fields: {},
    info: call.target.info,
    row: call.target.info.capabilities,
    settings,
    effort: call.options.effort ?? call.target.effort,
    streaming: call.stream,
    thinking: false,
    toolNames: new Map(),
    propertyNames: new Map(),
    answerTool: undefined,
    note,
  };
  for (const rule of rules) rule(draft);
  const fields = fieldsAsJson(draft.fields);
  return {
    request: fields ? { ...draft.request, additionalModelRequestFields: fields } : draft.request,
    streaming: draft.streaming,
    changes,
    restore: restorer(draft),
  };
}

/** The way back, the last change first; an answer to a request that needed none passes untouched. */
function restorer(draft: Draft): Accommodation['restore'] {
  const passes = passesFor(draft);
  if (passes.length === 0) return () => same;
  return () => {
    const restorers = passes.map((begin) => begin());
    return (batch) => restorers.reduce((events, restore) => (events.length > 0 ? restore(events) : events), batch);
  };
}

function passesFor({ row, request, options, toolNames, propertyNames, answerTool }: Draft): (() => Restorer)[] {
  const passes: (() => Restorer)[] = [];
  if (row.toolText && request.toolConfig) passes.push(writtenCalls(row.toolText, request.toolConfig.tools));
  if (propertyNames.size > 0) passes.push(() => restoreProperties(propertyNames)); // by the names that the model sees
  if (toolNames.size > 0) passes.push(() => restoreNames(toolNames));
  if (answerTool) passes.push(() => restoreAnswer(answerTool));
  if (options.responseFormat) passes.push(takeOffFence);
  return passes;
}

function writtenCalls(spelling: 'json' | 'sections', tools: readonly Tool[]): () => Restorer {
  if (spelling === 'sections') return readSectionedCalls;
  const names = new Set(tools.flatMap((tool) => ('toolSpec' in tool ? [tool.toolSpec.name] : [])));
  return () => readJsonCalls(names);
}

function same(batch: readonly Event[]): readonly Event[] {
  return batch;
}
