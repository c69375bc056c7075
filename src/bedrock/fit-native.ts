import { isObject, type JsonObject, type JsonValue } from '../base/json.ts';
import type { Change } from '../converse/changes.ts';
import type { ModelInfo, ReasoningCapabilities } from '../converse/model.ts';
import { type Note, takeNotes } from '../converse/notes.ts';
import { isBlank } from '../converse/turns.ts';
import { isEffort, leastBudget, nearestEffort } from './effort.ts';
import { fitNativeTurns, systemOf } from './fit-native-turns.ts';
import { strictSchema } from './strict-schema.ts';

type Fitting = { body: JsonObject; info: ModelInfo; note: Note };

/**
 * A Messages body fitted to the model's row: what it refuses outright is left out or sent in the form that it takes, and
 * each change is told. Of the conversation only blank text, system turns and calls without their results are touched; a
 * lawful body comes back as the same object. `betas` are those that the client names beyond what the body needs.
 */
export function fitNative(
  body: JsonObject,
  info: ModelInfo,
  betas: readonly string[] = [],
): { body: JsonObject; changes: Change[] } {
  const { changes, note } = takeNotes();
  const fitting: Fitting = { body: { ...fitNativeTurns(body, info, note) }, info, note };
  fitMaxTokens(fitting);
  fitDescriptions(fitting);
  const { reasoning } = info.capabilities;
  if (isObject(body['thinking'])) fitThinking(fitting, body['thinking'], reasoning);
  fitFormat(fitting);
  const { output_config: config } = fitting.body;
  if (isObject(config)) fitEffort(fitting, config, reasoning);
  fitSampling(fitting);
  const added = fitBetas(fitting, betas);
  return { body: changes.length > 0 || added ? fitting.body : body, changes };
}

/** An unknown beta fails the whole call with "invalid beta flag" (case 88). */
function fitBetas({ body, info, note }: Fitting, betas: readonly string[]): boolean {
  const known = betas.filter((beta) => info.capabilities.betas?.includes(beta));
  const { anthropic_beta: needed } = body;
  if (known.length > 0) body['anthropic_beta'] = [...(Array.isArray(needed) ? needed : []), ...known];
  if (known.length < betas.length) note('betas dropped', 'the model takes only those that Bedrock knows for it');
  return known.length > 0;
}

/** "output_config.format: Extra inputs are not permitted" (case 36): without it the model is told what to answer. */
function fitFormat({ body, info, note }: Fitting): void {
  const { output_config: config } = body;
  if (!isObject(config) || !isObject(config['format'])) return;
  const { format, ...rest } = config;
  const schema = isObject(format) && isObject(format['schema']) ? format['schema'] : {};
  if (info.capabilities.structuredOutput) {
    const strict = strictSchema(schema);
    if (JSON.stringify(strict) === JSON.stringify(schema)) return;
    body['output_config'] = { ...rest, format: { ...format, schema: strict } };
    note('schema adapted', 'keywords that the model cannot enforce moved to descriptions');
    return;
  }
  if (Object.keys(rest).length > 0) body['output_config'] = rest;
  else delete body['output_config'];
  const told = `Answer with JSON alone, without a code fence, by this JSON schema: ${JSON.stringify(schema)}`;
  body['system'] = [...systemOf(body), { type: 'text', text: told }];
  note('schema asked for by instruction', 'the model cannot enforce a schema');
}

function fitMaxTokens({ body, info, note }: Fitting): void {
  const { max_tokens: wished } = body;
  const most = info.maxOutputTokens;
  if (typeof wished !== 'number' || most === undefined || wished <= most) return;
  body['max_tokens'] = most;
  note('maxTokens lowered', `the model gives at most ${most}`);
}

/** LangChain sends `description: ""` for a class without words of its own (case 28). */
function fitDescriptions({ body, note }: Fitting): void {
  const { tools } = body;
  const isBlankly = (tool: JsonValue): boolean =>
    isObject(tool) && typeof tool['description'] === 'string' && isBlank(tool['description']);
  if (!Array.isArray(tools) || !tools.some(isBlankly)) return;
  body['tools'] = tools.map((tool) => {
    if (!isObject(tool) || !isBlankly(tool)) return tool;
    const { description: _, ...rest } = tool;
    return rest;
  });
  note('blank tool description dropped', 'the model refuses blank descriptions');
}

function fitThinking(fitting: Fitting, thinking: JsonObject, can: ReasoningCapabilities | false): void {
  const { body, note } = fitting;
  const modes: readonly string[] = can === false ? [] : can.modes;
  const type = thinking['type'];
  if (can !== false && can.field === 'none') return; // a model of which nothing is known decides for itself
  if (type === 'enabled' && !modes.includes('enabled') && modes.includes('adaptive')) {
    const { budget_tokens: _, ...rest } = thinking;
    body['thinking'] = { ...rest, type: 'adaptive' };
    note('thinking budget dropped', 'the model takes adaptive thinking only');
  } else if (type === 'adaptive' && !modes.includes('adaptive') && modes.includes('enabled')) {
    body['thinking'] = { type: 'enabled', budget_tokens: 8192 };
    note('adaptive thinking sent with a budget', 'the model takes no adaptive thinking');
  } else if (typeof type === 'string' && !modes.includes(type)) {
    delete body['thinking'];
    note('thinking dropped', type === 'disabled' ? 'the model cannot switch it off' : 'the model has no such thinking');
  }
  fitBudget(fitting);
}

/** "max_tokens must be greater than thinking.budget_tokens". */
function fitBudget({ body, note }: Fitting): void {
  const { thinking, max_tokens: most } = body;
  if (!isObject(thinking) || typeof most !== 'number') return;
  const { budget_tokens: budget } = thinking;
  if (typeof budget !== 'number' || budget < most) return;
  if (most > leastBudget) {
    body['thinking'] = { ...thinking, budget_tokens: most - 1 };
    note('thinking budget adjusted', 'it must be below max_tokens');
  } else {
    delete body['thinking'];
    note('thinking dropped', 'max_tokens leaves no room for the least budget of 1024 tokens');
  }
}

function fitEffort({ body, note }: Fitting, config: JsonObject, can: ReasoningCapabilities | false): void {
  const { effort, ...rest } = config;
  if (effort === undefined || (can !== false && can.field === 'none')) return;
  const levels = can === false ? [] : can.efforts;
  const { thinking } = body;
  const isCapped =
    can !== false && can.disabledCapsEffort === true && isObject(thinking) && thinking['type'] === 'disabled';
  const allowed = isCapped ? levels.filter((level) => level !== 'xhigh' && level !== 'max') : levels;
  if (isEffort(effort) && allowed.includes(effort)) return;
  const fitted = isEffort(effort) ? nearestEffort(effort, allowed) : undefined;
  const left: { [name: string]: JsonValue } = fitted === undefined ? rest : { ...rest, effort: fitted };
  if (Object.keys(left).length > 0) body['output_config'] = left;
  else delete body['output_config'];
  note(fitted === undefined ? 'effort dropped' : 'effort adjusted', 'the model does not know the level asked for');
}

/** "`temperature` is deprecated for this model", "cannot both be specified", "may only be set to 1 when thinking". */
function fitSampling({ body, info, note }: Fitting): void {
  const { sampling, topK } = info.capabilities;
  const drop = (key: string, why: string): void => {
    if (body[key] === undefined) return;
    delete body[key];
    note(`${key} dropped`, why);
  };
  if (sampling === 'none') for (const member of ['temperature', 'top_p']) drop(member, 'the model refuses it');
  if (topK === false) drop('top_k', 'the model refuses it');
  const { thinking } = body;
  if (isObject(thinking) && thinking['type'] !== 'disabled') {
    if (body['temperature'] !== 1) drop('temperature', 'the model is thinking');
    if (typeof body['top_p'] === 'number' && body['top_p'] < 0.95) drop('top_p', 'the model is thinking');
    drop('top_k', 'the model is thinking');
  }
  if (sampling === 'either' && body['temperature'] !== undefined)
    drop('top_p', 'the model takes temperature or top_p, not both');
}
