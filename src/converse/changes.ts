/**
 * One thing that was changed in a client's request to satisfy the model or the service.
 * `what` is short ASCII and goes into the `x-claude-bedrock-changes` header, e.g. `temperature dropped`;
 * `why` is for `claude-bedrock explain` and the log. Neither ever holds anything the person wrote.
 */
export type Change = { what: string; why: string };
