import { newId } from '../base/ids.ts';
import type { Answer, AnswerBlock } from './answer.ts';
import { chosenTools } from './chosen-tools.ts';
import type { ConverseBody, ToolSpec } from './converse-body.ts';
import { demoWord } from './demo-words.ts';
import { editStep } from './edit-scenario.ts';
import type { Case } from './laws.ts';
import { lastResults, lastUserText } from './prompt.ts';
import type { PromptMemory } from './prompt-memory.ts';
import { sampleValue } from './sample-value.ts';
import { plainObject, type ToldFormat, toldFormat } from './told-format.ts';

export type Question = Case & { modelId: string; memory: PromptMemory };

/** What the demo model says: lawful, useful for a first try, and the same again for the same request. */
export function answerTo(question: Question): Answer {
  const { body, family } = question;
  const blocks = [...thoughtsOf(question), ...sayings(question)];
  const cut = cutToLimits(blocks, body.inferenceConfig.maxTokens ?? 4096, body.inferenceConfig.stopSequences ?? []);
  const called = cut.blocks.some((block) => block.kind === 'call');
  if (question.thinks) for (const block of cut.blocks) if (block.kind === 'call') question.thoughts.noteCall(block.id);
  const input = question.memory.count(body, family, question.modelId);
  const { inputTokens, cacheReadInputTokens = 0, cacheWriteInputTokens = 0 } = input;
  const totalTokens = inputTokens + cacheReadInputTokens + cacheWriteInputTokens + cut.tokens;
  const fields = responseFields(body, cut.stopSequence);
  return {
    blocks: cut.blocks,
    stopReason: cut.stopReason ?? (called ? 'tool_use' : 'end_turn'),
    ...(cut.stopSequence === undefined ? {} : { stopSequence: cut.stopSequence }),
    usage: { ...input, outputTokens: cut.tokens, totalTokens },
    ...(fields ? { additionalModelResponseFields: fields } : {}),
  };
}

/** Text in the pieces in which it streams: a word each, with the space before it. */
function inPieces(text: string): string[] {
  return text.match(/\s*\S+\s*$|\s*\S+/g) ?? [];
}

/** Newer models keep their thoughts to themselves unless `display` asks for a summary: then text is empty, the signature not. */
function thoughtsOf(question: Question): AnswerBlock[] {
  const { body, family, thoughts, thinks } = question;
  if (!thinks || family.vendor === 'qwen') return [];
  const text = `The person wrote ${JSON.stringify(short(lastUserText(body)))}. I am the demo model, so a short and true answer will do.`;
  if (family.replay === 'redacted') return [{ kind: 'redacted', base64: thoughts.redacted(text) }];
  if (family.replay !== 'signed') return [{ kind: 'thought', pieces: inPieces(text) }];
  if (demoWord(body) === 'redacted') return [{ kind: 'redacted', base64: thoughts.redacted(text) }];
  const hidden =
    !family.thinking?.modes.includes('enabled') &&
    !JSON.stringify(body.additionalModelRequestFields['thinking'] ?? {}).includes('summarized');
  const shown = hidden ? '' : text;
  return [{ kind: 'thought', pieces: hidden ? [''] : inPieces(text), signature: thoughts.sign(shown) }];
}

function sayings(question: Question): AnswerBlock[] {
  const { body } = question;
  const format = body.outputConfig?.textFormat;
  if (format) {
    const schema: unknown = JSON.parse(format.structure.jsonSchema.schema);
    return [textBlock(JSON.stringify(sampleValue(schema, lastUserText(body))))];
  }
  const edit = editStep(body);
  if (edit === 'done') return [textBlock('The file is changed as asked. (demo model of claude-bedrock)')];
  if (edit) return [textBlock(`I call ${edit.tool.name}.`), callOf(edit.tool, question, edit.input)];
  const tools = chosenTools(body);
  const told = tools.length === 0 ? toldFormat(body) : undefined;
  if (told) return [asTold(told, question)];
  if (tools.length === 0) return [textBlock(prose(question))];
  const calls = tools.map((tool) => callOf(tool, question));
  const forced = body.toolConfig?.toolChoice?.any ?? body.toolConfig?.toolChoice?.tool;
  return forced
    ? calls
    : [textBlock(`I am the demo model; I call ${tools.map((tool) => tool.name).join(' and ')}.`), ...calls];
}

function asTold(told: ToldFormat, question: Question): AnswerBlock {
  if (told.kind === 'tool') return callOf(told.tool, question);
  const value =
    told.kind === 'object'
      ? plainObject(lastUserText(question.body), prose(question))
      : sampleValue(told.schema, lastUserText(question.body));
  return textBlock(JSON.stringify(value));
}

const textBlock = (text: string): AnswerBlock => ({ kind: 'text', pieces: inPieces(text) });

function callOf(
  tool: ToolSpec,
  { body, family }: Question,
  args: unknown = sampleValue(tool.inputSchema.json, lastUserText(body)),
): AnswerBlock {
  const input = JSON.stringify(args);
  const id = family.nineCharacterIds ? newId('', 9) : newId('tooluse_', 22);
  const pieces = input === '{}' ? [] : ['', ...(input.match(/.{1,12}/gsu) ?? [])];
  return { kind: 'call', id, name: tool.name, pieces };
}

function prose({ body, modelId }: Question): string {
  const results = lastResults(body);
  if (results.length > 0)
    return `The tool answered: ${results.map((result) => short(result, 400)).join(' | ')}\n\n(demo model of claude-bedrock)`;
  const asked = short(lastUserText(body), 400);
  if (demoWord(body) === 'long') return Array.from({ length: 2000 }, (_, at) => `word${at + 1}`).join(' ');
  const media = body.messages.at(-1)?.content.filter((block) => block.image ?? block.document).length ?? 0;
  const seen = media === 0 ? '' : ` With it came ${media} ${media === 1 ? 'attachment' : 'attachments'}.`;
  return `This is the demo model of claude-bedrock, standing in for ${modelId}; no cloud was asked. You wrote: “${asked}”.${seen} Sign in to AWS and set CLAUDE_BEDROCK_UPSTREAM=bedrock to talk to the real one.`;
}

function short(text: string, length = 120): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}

type Cut = { blocks: AnswerBlock[]; tokens: number; stopReason?: string; stopSequence?: string };

/** A piece is a token. The answer ends at the limit, in the midst of a call's arguments too, or before a stop sequence. */
function cutToLimits(blocks: readonly AnswerBlock[], maxTokens: number, stops: readonly string[]): Cut {
  const cut: Cut = { blocks: [], tokens: 0 };
  for (const block of blocks) {
    if (block.kind === 'redacted') {
      cut.blocks.push(block);
      continue;
    }
    const stopped = block.kind === 'text' ? beforeStop(block.pieces, stops) : undefined;
    const pieces = stopped?.pieces ?? block.pieces;
    const room = maxTokens - cut.tokens;
    const kept = pieces.slice(0, room);
    cut.tokens += Math.max(kept.length, 1);
    cut.blocks.push({ ...block, pieces: kept });
    if (kept.length < pieces.length) return { ...cut, stopReason: 'max_tokens' };
    if (stopped) return { ...cut, stopReason: 'stop_sequence', stopSequence: stopped.stop };
    if (cut.tokens >= maxTokens && block !== blocks.at(-1)) return { ...cut, stopReason: 'max_tokens' };
  }
  return cut;
}

function beforeStop(
  pieces: readonly string[],
  stops: readonly string[],
): { pieces: string[]; stop: string } | undefined {
  const text = pieces.join('');
  const [first] = stops
    .map((stop) => ({ stop, at: text.indexOf(stop) }))
    .filter(({ at }) => at !== -1)
    .sort((a, b) => a.at - b.at);
  return first && { stop: first.stop, pieces: inPieces(text.slice(0, first.at)) };
}

function responseFields(body: ConverseBody, stopSequence: string | undefined): Record<string, unknown> | undefined {
  const asked = body.additionalModelResponseFieldPaths ?? [];
  if (!asked.some((path) => path === '/stop_sequence' || path === '/delta/stop_sequence')) return undefined;
  const value = { stop_sequence: stopSequence ?? null };
  return asked.includes('/stop_sequence') ? value : { delta: value };
}
