import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ProxyError } from '../base/errors.ts';

/** The dashboard's one file, with the policy that lets a browser run nothing but what is in it. */
export type UiPage = { html: string; headers: Record<string, string> };

/** Beside the program, beside its chunks' folder, or where `npm run build` puts it for a checkout. */
const places = ['ui.html', '../ui.html', '../../dist/ui.html'];

/** Reads the built page. Throws `not_found` where it was not built. */
export async function readUiPage(): Promise<UiPage> {
  for (const place of places) {
    try {
      return uiPage(await readFile(join(import.meta.dirname, place), 'utf8'));
    } catch {
      // The next place may have it.
    }
  }
  throw new ProxyError('not_found', 'The dashboard is not part of this build.', { fix: 'npm run build' });
}

/** The page, which then tells the program's commands as this person types them: `npx claude-bedrock` for some. */
export function toldAs(page: UiPage, command: string): UiPage {
  return { ...page, html: page.html.replaceAll('%command%', command) };
}

/** Names the page's own script and style by their hashes; whatever else may get into it is not run. */
export function uiPage(html: string): UiPage {
  const policy = [
    "default-src 'none'",
    `script-src ${hashes(html, 'script')}`,
    `style-src ${hashes(html, 'style')}`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
  return {
    html,
    headers: {
      'content-security-policy': policy,
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
      'referrer-policy': 'no-referrer',
      'x-frame-options': 'DENY',
    },
  };
}

function hashes(html: string, tag: 'script' | 'style'): string {
  const parts = [...html.matchAll(new RegExp(`<${tag}[^>]*>(.*?)</${tag}>`, 'gs'))].map(
    ([, text = '']) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`,
  );
  return parts.length === 0 ? "'none'" : parts.join(' ');
}
