/** A project rules file for Cursor: where it stands below the project, and its text. */
export type CursorRule = { path: string; text: string };

/**
 * Rules that help through an override: Cursor's own model hints are absent for custom names, and each round costs the
 * person's own tokens. `alwaysApply` puts the text into every request, so it is short.
 */
export const cursorRules: readonly CursorRule[] = [
  {
    path: '.cursor/rules/claude-bedrock.mdc',
    text: `---
description: How to work well through claude-bedrock (Amazon Bedrock)
alwaysApply: true
---

- Read before you edit: open the file, or the part of it that matters, and never guess its content.
- Call tools that do not depend on each other in the same turn; each turn sends the whole conversation again.
- Change the fewest lines that solve the task, and keep the style of the file.
- After an edit run the project's own check or test if there is one, and read its output.
- When an error text names a command after "Fix:", tell me that command instead of trying something else: it comes from
  claude-bedrock, which runs on my machine.
`,
  },
];
