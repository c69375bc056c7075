import { cannedRequest } from '../base/canned-request.ts';
import type { CallRow } from '../observe/recent-calls.ts';

/** A command that sends a request of the call's shape: its endpoint, model and streaming, with words of ours; the key comes from the shell. */
export function curlOf(
  { format, model, stream }: Pick<CallRow, 'format' | 'model' | 'stream'>,
  origin: string,
): string {
  const request = cannedRequest(format, model, stream);
  if (!request) return `# requests of the format ${format} have no example`;
  return [
    `curl ${stream ? '-N ' : ''}${origin}/v1${request.path}`,
    `  -H "Authorization: Bearer $CLAUDE_BEDROCK_API_KEY"`,
    `  -H 'Content-Type: application/json'`,
    `  -d ${quoted(JSON.stringify(request.body))}`,
  ].join(' \\\n');
}

/** For a POSIX shell: nothing inside single quotes means anything. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
