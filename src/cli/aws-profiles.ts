import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { isObject, parsedJson } from '../base/json.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** A profile of AWS's own files, as far as a person wants to know it. */
export type AwsProfile = {
  name: string;
  kind: 'SSO' | 'role' | 'console sign-in' | 'process' | 'keys' | 'settings only';
  region: string | undefined;
  /** When the SSO sign-in of this profile ends, in wall milliseconds; undefined when there is none, or it is no SSO profile. */
  signInEndsAt: number | undefined;
};

export type AwsFiles = {
  config: string;
  credentials: string;
  found: readonly string[];
  profiles: readonly AwsProfile[];
};

/** Reads `~/.aws/config` and `~/.aws/credentials` (or where AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE say). Gives no secret away. */
export function readAwsFiles(env: Env, home = homedir()): AwsFiles {
  const config = env['AWS_CONFIG_FILE'] ?? join(home, '.aws', 'config');
  const credentials = env['AWS_SHARED_CREDENTIALS_FILE'] ?? join(home, '.aws', 'credentials');
  const [configText, credentialsText] = [textOf(config), textOf(credentials)];
  const sections = sectionsOf(configText ?? '');
  const keys = sectionsOf(credentialsText ?? '');
  const names = new Set(
    [...sections.keys()].flatMap((name) => (name === 'default' ? [name] : (/^profile\s+(.+)$/.exec(name)?.[1] ?? []))),
  );
  for (const name of keys.keys()) names.add(name);
  const profiles = [...names].map((name) => {
    const settings = { ...sections.get(name === 'default' ? name : `profile ${name}`), ...keys.get(name) };
    return profileOf(name, settings, sections, home);
  });
  return {
    config,
    credentials,
    found: [configText === undefined ? [] : [config], credentialsText === undefined ? [] : [credentials]].flat(),
    profiles,
  };
}

type Sections = ReadonlyMap<string, Readonly<Record<string, string>>>;

function profileOf(name: string, settings: Record<string, string>, sections: Sections, home: string): AwsProfile {
  const session = settings['sso_session'];
  const startUrl =
    session === undefined ? settings['sso_start_url'] : sections.get(`sso-session ${session}`)?.['sso_start_url'];
  const kind = kindOf(settings);
  return {
    name,
    kind,
    region: settings['region'],
    signInEndsAt: kind === 'SSO' ? signInEnd(session ?? startUrl, home) : undefined,
  };
}

/** In the order in which the SDK looks. */
function kindOf(settings: Readonly<Record<string, string>>): AwsProfile['kind'] {
  if (settings['role_arn']) return 'role';
  if (settings['aws_access_key_id']) return 'keys';
  if (settings['sso_session'] || settings['sso_start_url']) return 'SSO';
  if (settings['credential_process']) return 'process';
  return settings['login_session'] ? 'console sign-in' : 'settings only';
}

/** AWS keeps the sign-in under the SHA-1 of its session's name, or of the start URL. */
function signInEnd(name: string | undefined, home: string): number | undefined {
  if (name === undefined) return undefined;
  const file = `${createHash('sha1').update(name).digest('hex')}.json`;
  const token = parsedJson(textOf(join(home, '.aws', 'sso', 'cache', file)) ?? '');
  const at = isObject(token) ? Date.parse(String(token['expiresAt'])) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}

/** The INI dialect of AWS's files: `[name]`, `key = value`, nested lines indented; comments begin with `#` or `;`. */
function sectionsOf(text: string): Sections {
  const sections = new Map<string, Record<string, string>>();
  let current: Record<string, string> | undefined;
  for (const line of text.split('\n')) {
    const header = /^\[\s*([^\]]+?)\s*\]/.exec(line)?.[1];
    if (header !== undefined) {
      const name = header.replaceAll(/\s+/g, ' ');
      current = sections.get(name) ?? {};
      sections.set(name, current);
      continue;
    }
    const [, key, value] = /^(\w+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (current && key !== undefined && value !== undefined) current[key] = value;
  }
  return sections;
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
