import type { Call } from '../converse/call.ts';
import type { Event } from '../converse/events.ts';
import { takeNotes } from '../converse/notes.ts';
import type { Accommodation } from './accommodation.ts';
import { type AccommodateSettings, type Draft, fieldsAsJson, type Rule } from './draft.ts';
import { fitMedia, splitResults } from './fit-media.ts';
import { fitBetas, fitParallelCalls, fitStreaming, fitStrict, fitToolChoice, fitTools } from './fit-tools.ts';
import { fitEnds, fitReasoningPlace, fitReplay, fitSystem } from './fit-turns.ts';
import { fitCachePoints } from './prompt-cache.ts';
import { askForReasoning } from './reasoning.ts';
import { restoreAnswer, restoreNames } from './restore.ts';
import { fitInference } from './sampling.ts';
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
  aliasToolNames,
  shortenToolIds,
  fitParallelCalls,
  splitResults,
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

function restorer({ toolNames, answerTool }: Draft): Accommodation['restore'] {
  if (toolNames.size === 0 && !answerTool) return () => same;
  return () => {
    const names = toolNames.size > 0 ? restoreNames(toolNames) : same;
    if (!answerTool) return names;
    const answer = restoreAnswer(answerTool);
    return (batch) => answer(names(batch));
  };
}

function same(batch: readonly Event[]): readonly Event[] {
  return batch;
}
