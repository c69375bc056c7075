import type { JsonObject } from '../base/json.ts';
import type { Capabilities, ModelInfo } from '../converse/model.ts';
import type { Note } from '../converse/notes.ts';
import type { Effort, ModelOptions } from '../converse/options.ts';
import type { ConverseRequest } from '../converse/request.ts';
import type { PropertyNames } from './property-names.ts';
import type { AnswerTool } from './restore.ts';

/**
 * All that ever goes into `additionalModelRequestFields`. An unknown key fails the whole call with 400, so nothing of a
 * client's body gets here unread (BerriAI/litellm#13825).
 */
export type ModelFields = {
  thinking?: {
    type: 'enabled' | 'adaptive' | 'disabled' | 'between_tools';
    budget_tokens?: number;
    display?: 'summarized' | 'omitted';
  };
  output_config?: { effort: Effort };
  anthropic_beta?: string[];
  tool_choice?: { type?: 'auto'; disable_parallel_tool_use: true };
  top_k?: number;
  inferenceConfig?: { topK: number };
  reasoningConfig?: { type: 'enabled' | 'disabled'; maxReasoningEffort?: Effort };
  reasoning_effort?: Effort;
  reasoning?: { effort: Effort };
};

/** The longest answer to ask of a model whose limit nobody knows. */
export const modestMaxTokens = 8192;

/** What a person may set about the fitting. */
export type AccommodateSettings = {
  /** Sent when the client names no limit, because Bedrock reserves it from the quota. Default 16,384. */
  defaultMaxTokens?: number;
  /** `false`: only the client's own cache points. */
  autoCache?: boolean;
  /** What gives way when a model cannot think and be forced to call a tool. Default `choice`. */
  forcedChoiceYields?: 'choice' | 'thinking';
};

/**
 * A request on its way to fit a model. Rules replace `request`, never change it in depth, because the client's own
 * stays in use elsewhere.
 */
export type Draft = {
  request: ConverseRequest;
  options: ModelOptions;
  fields: ModelFields;
  info: ModelInfo;
  row: Capabilities;
  settings: AccommodateSettings;
  /** Effort by the body, else by the model's name. */
  effort: Effort | undefined;
  streaming: boolean;
  /** The model was asked to think. */
  thinking: boolean;
  /** Client's tool names by the alias that the model sees. */
  toolNames: Map<string, string>;
  /** The same for the properties of tools, by the name of the tool that the model sees. */
  propertyNames: Map<string, PropertyNames>;
  /** The tool whose input is the answer, where a schema is enforced by a tool. */
  answerTool: AnswerTool | undefined;
  note: Note;
};

/** One step of fitting: changes the draft, and notes what it changed. */
export type Rule = (draft: Draft) => void;

/** The built fields as JSON; undefined when no wish needed one. */
export function fieldsAsJson(fields: ModelFields): JsonObject | undefined {
  for (const _ in fields) return { ...fields } as JsonObject; // every member above is JSON
  return undefined;
}
