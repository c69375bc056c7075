/** What lets whoever holds it speak as this person, at AWS or here. */
const secretNames = new Set([
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_SECURITY_TOKEN',
  'AWS_BEARER_TOKEN_BEDROCK',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN',
  'CLAUDE_BEDROCK_API_KEY',
]);

/** The environment for a program that is not ours (a tunnel, a browser) or needs none of it: without keys and tokens. */
export function foreignEnv(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !secretNames.has(name.toUpperCase())));
}
