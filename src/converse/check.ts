import { checkCachePoints } from './cache-points.ts';
import type { Change } from './changes.ts';
import { checkMedia } from './media-limits.ts';
import { type Note, takeNotes } from './notes.ts';
import type { ConverseRequest, Message } from './request.ts';
import { checkFields, checkSystem } from './request-fields.ts';
import { placeBlocks } from './roles.ts';
import { checkToolBlocks } from './tool-blocks.ts';
import { pairTools } from './tool-pairs.ts';
import { checkToolConfig } from './tool-specs.ts';
import { dropBlanks, mergeTurns } from './turns.ts';

export type CheckOptions = {
  /** `tool_choice: "none"`: no tool may be called in the answer. */
  noToolCalls?: boolean;
};

/** The laws of `messages`, in the order in which one repair can make work for the next. */
const turnLaws = [placeBlocks, checkToolBlocks, dropBlanks, mergeTurns, pairTools, mergeTurns, checkMedia];

/**
 * Repairs what Converse would refuse for every model, and reports each repair. Pure and deterministic; a lawful request
 * comes back as the same object. Throws `invalid_request` where a repair would lose content (an oversized image).
 */
export function check(
  request: ConverseRequest,
  options: CheckOptions = {},
): { request: ConverseRequest; changes: Change[] } {
  const { changes, note } = takeNotes();
  const messages = turnLaws.reduce<Message[]>((turns, law) => law(turns, note), request.messages);
  let checked = messages === request.messages ? request : { ...request, messages };
  checked = checkSystem(checked, note);
  checked = checkToolConfig(checked, options.noToolCalls === true, note);
  checked = checkFields(checked, note);
  checked = checkOpening(checked, note);
  checked = checkCachePoints(checked, note);
  return { request: checked, changes };
}

/** A conversation of system text only gets a first turn; which role may open is each model's own affair. */
function checkOpening(request: ConverseRequest, note: Note): ConverseRequest {
  if (request.messages.length > 0) return request;
  note('opening turn added', 'Converse needs at least one message');
  return { ...request, messages: [{ role: 'user', content: [{ text: 'Begin.' }] }] };
}
