import type { JsonObject } from '../../base/json.ts';

/*
 * Tools that Anthropic names by a date and whose client runs them: their names and inputs are documented
 * (platform.claude.com, "Tool use"), so a model without the built-in version can use them as ordinary tools.
 */

export type DescribedTool = { name: string; description: string; schema: JsonObject };

const string = (description: string): JsonObject => ({ type: 'string', description });
const range: JsonObject = {
  type: 'array',
  items: { type: 'integer' },
  description: 'For view: first and last line, counted from 1; -1 is the end of the file.',
};

const bash: DescribedTool = {
  name: 'bash',
  description: 'Runs a command in a bash session that stays open between calls.',
  schema: {
    type: 'object',
    properties: {
      command: string('The command to run. Required unless restart is true.'),
      restart: { type: 'boolean', description: 'Start the session anew.' },
    },
  },
};

function editor(name: string, commands: string[]): DescribedTool {
  return {
    name,
    description: 'Shows, creates and edits text files.',
    schema: {
      type: 'object',
      properties: {
        command: { type: 'string', enum: commands },
        path: string('Path of the file or folder.'),
        view_range: range,
        file_text: string('For create: the whole content.'),
        old_str: string('For str_replace: the text to replace; it must occur exactly once.'),
        new_str: string('For str_replace: the new text.'),
        insert_line: { type: 'integer', description: 'For insert: the line after which the text goes; 0 is the top.' },
        insert_text: string('For insert: the text.'),
      },
      required: ['command', 'path'],
    },
  };
}

const memory: DescribedTool = {
  name: 'memory',
  description: 'Keeps notes in text files below /memories that outlast the conversation.',
  schema: {
    type: 'object',
    properties: {
      command: { type: 'string', enum: ['view', 'create', 'str_replace', 'insert', 'delete', 'rename'] },
      path: string('Path below /memories.'),
      view_range: range,
      file_text: string('For create: the whole content.'),
      old_str: string('For str_replace: the text to replace.'),
      new_str: string('For str_replace: the new text.'),
      insert_line: { type: 'integer', description: 'For insert: the line after which the text goes.' },
      insert_text: string('For insert: the text.'),
      old_path: string('For rename: the present path.'),
      new_path: string('For rename: the new path.'),
    },
    required: ['command'],
  },
};

const edits = ['view', 'create', 'str_replace', 'insert'];
const byType: ReadonlyMap<string, DescribedTool> = new Map([
  ['bash_20241022', bash],
  ['bash_20250124', bash],
  ['text_editor_20241022', editor('str_replace_editor', [...edits, 'undo_edit'])],
  ['text_editor_20250124', editor('str_replace_editor', [...edits, 'undo_edit'])],
  ['text_editor_20250429', editor('str_replace_based_edit_tool', edits)],
  ['text_editor_20250728', editor('str_replace_based_edit_tool', edits)],
  ['memory_20250818', memory],
]);

/** The full description of a dated tool that the client runs; undefined for one of Anthropic's servers. */
export function describedTool(type: string): DescribedTool | undefined {
  return byType.get(type);
}
