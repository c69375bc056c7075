import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

/** Browsers share cookies between the ports of a host, so the name holds ours: two proxies do not sign each other out. */
const nameOf = ({ socket }: IncomingMessage): string => `claude-bedrock-ui-${socket.localPort ?? 0}`;

/** The session's cookie as the browser sent it. */
export function readCookie(incoming: IncomingMessage): string | undefined {
  const name = nameOf(incoming);
  for (const pair of (incoming.headers.cookie ?? '').split(';')) {
    const [key, value] = pair.trim().split('=', 2);
    if (key === name && value !== undefined && /^[\w-]{43}$/.test(value)) return value;
  }
  return undefined;
}

/** Whether the socket is a TLS one. */
export const isEncrypted = (socket: Socket): boolean => 'encrypted' in socket && socket.encrypted === true;

/** A cookie that scripts cannot read and other sites cannot send; `''` takes it back. */
export function cookieHeader(incoming: IncomingMessage, value: string): string {
  const end = value === '' ? '; Max-Age=0' : '';
  const secure = isEncrypted(incoming.socket) ? '; Secure' : '';
  return `${nameOf(incoming)}=${value}; HttpOnly; SameSite=Strict; Path=/ui${secure}${end}`;
}
