import type { JsonObject } from '../base/json.ts';

/** Effort words of all families; `bedrock/accommodate` moves a wish to the nearest level that the model knows. */
export type Effort = 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | 'max';

/** How the client wants the model to think. */
export type Thinking =
  | { type: 'enabled'; budgetTokens?: number; display?: 'summarized' | 'omitted' }
  | { type: 'adaptive'; display?: 'summarized' | 'omitted' }
  | { type: 'disabled' };

/** The form that the client wants the answer in. */
export type ResponseFormat =
  | { type: 'json_object' }
  | { type: 'json_schema'; name: string; schema: JsonObject; description?: string; strict?: boolean };

/**
 * What a client asked for and Converse has no field for. `bedrock/accommodate` finds each wish its place for the model
 * at hand, or drops it and says so. Nothing else of a client's body ever reaches `additionalModelRequestFields`.
 */
export type ModelOptions = {
  thinking?: Thinking;
  effort?: Effort;
  topK?: number;
  /** Anthropic beta names; passed on by an allow-list only. */
  betas?: string[];
  /** `false`: at most one tool call in an answer. */
  parallelToolCalls?: boolean;
  /** `tool_choice: "none"`: the tools may be described, none may be called. */
  noToolCalls?: boolean;
  responseFormat?: ResponseFormat;
  /** `false`: the conversation begins anew each time, so cache points of our own in it would cost more than they earn. */
  steadyPrefix?: boolean;
};
