import type { JsonObject } from '../base/json.ts';
import { isSection, isSetting } from './check.ts';
import { settingsSchema } from './schema.ts';
import type { Section, Setting } from './setting.ts';

/** The published JSON Schema of the configuration file (draft 2020-12). */
export function settingsJsonSchema(): JsonObject {
  const { properties, ...rest } = sectionSchema(settingsSchema);
  const self = { type: 'string', description: 'The address of this schema, for editors.' };
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: settingsSchema.description,
    ...rest,
    properties: { $schema: self, ...properties },
  };
}

type ObjectSchema = { type: string; description: string; additionalProperties: boolean; properties: JsonObject };

function sectionSchema({ description, members }: Section<Record<string, unknown>>): ObjectSchema {
  const properties: JsonObject = {};
  for (const [name, member] of Object.entries(members)) {
    if (isSection(member)) properties[name] = sectionSchema(member);
    else if (isSetting(member)) properties[name] = settingSchema(member);
  }
  return { type: 'object', description, additionalProperties: false, properties };
}

function settingSchema({ kind, description, initial, least, most, choices, each }: Setting<unknown>): JsonObject {
  const about: JsonObject = { description };
  if (typeof initial === 'string' || typeof initial === 'number' || typeof initial === 'boolean')
    about['default'] = initial;
  const text = { type: 'string', minLength: 1 };
  switch (kind) {
    case 'text':
      return { ...text, ...about };
    case 'integer':
    case 'number':
      return {
        type: kind,
        ...about,
        ...(least === undefined ? {} : { minimum: least }),
        ...(most === undefined ? {} : { maximum: most }),
      };
    case 'boolean':
      return { type: kind, ...about };
    case 'choice':
      return { enum: [...(choices ?? [])], ...about };
    case 'list':
      return { type: 'array', items: text, ...about };
    case 'table':
      return { type: 'object', additionalProperties: text, ...about };
    case 'tables':
      return { type: 'array', items: each ? sectionSchema(each) : {}, ...about };
    default:
      return kind satisfies never;
  }
}
