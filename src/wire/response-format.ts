import type { ResponseFormat } from '../converse/options.ts';
import { inputSchema } from './tool-schema.ts';

type SchemaWish = {
  name?: string | null | undefined;
  description?: string | null | undefined;
  schema?: unknown;
  strict?: boolean | null | undefined;
};

/** OpenAI's `json_schema` wish, wherever a dialect keeps its members. */
export function jsonSchemaFormat({ name, description, schema, strict }: SchemaWish): ResponseFormat {
  return {
    type: 'json_schema',
    name: name || 'answer',
    schema: inputSchema(schema),
    ...(description ? { description } : {}),
    ...(typeof strict === 'boolean' ? { strict } : {}),
  };
}
