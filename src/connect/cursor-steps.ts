/** The first truth about Cursor, for people who expect 127.0.0.1 to work. */
export const cursorTruth: readonly string[] = [
  'Cursor calls your URL from its own servers, so 127.0.0.1 cannot work there ("ssrf_blocked").',
  'Your prompts already pass through Cursor; a tunnel makes only /v1 reachable, and only with your key.',
];

export type CursorStepsOptions = {
  publicUrl: string;
  key: string;
  model: string;
  /** The key is on the clipboard, and Enter puts the next value there. */
  copied?: boolean;
};

/** What to type into Cursor, and where, in its own order. */
export function cursorSteps({ publicUrl, key, model, copied = false }: CursorStepsOptions): string[] {
  const hint = copied ? '   (copied, press Enter for the next)' : '';
  return [
    'In Cursor: Settings > Models > API Keys',
    `  1 OpenAI API Key           ${key}${hint}`,
    `  2 Override OpenAI Base URL ${publicUrl}/v1`,
    `  3 Add model                ${model}     (not claude-…: Cursor would bypass you)`,
    '  4 Use Agent (Cmd/Ctrl-I); this override also captures Cursor’s other OpenAI models',
    'No override on your plan? Cursor’s Azure OpenAI settings take the same key, with',
    `     base URL ${publicUrl}   deployment ${model}`,
  ];
}
