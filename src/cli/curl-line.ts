/** A command that streams one answer, as a shell takes it. Without a key it reads `CLAUDE_BEDROCK_API_KEY` from the shell. */
export function curlLine(url: string, key: string | undefined): string {
  const body = { model: 'bedrock-sonnet', stream: true, messages: [{ role: 'user', content: 'Say hello.' }] };
  const bearer =
    key === undefined ? '"Authorization: Bearer $CLAUDE_BEDROCK_API_KEY"' : `'Authorization: Bearer ${key}'`;
  return `curl -N ${url}/v1/chat/completions -H ${bearer} -H 'Content-Type: application/json' -d '${JSON.stringify(body)}'`;
}
