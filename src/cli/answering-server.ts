import type { ClientRequest, IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Loaded } from '../config/load.ts';
import { runningServer, type ServerNote } from '../config/server-note.ts';

/** The server that runs for this person, if it answers. */
export async function answeringServer({ paths }: Pick<Loaded, 'paths'>): Promise<ServerNote | undefined> {
  const note = runningServer(paths.state);
  // Its process lives: on a busy machine it may need a while, and `connect` would write the wrong port without it.
  return note && (await answersAt(note.url, 8_000)) ? note : undefined;
}

/** Whether a claude-bedrock answers there. No secret is sent, so a certificate that signs itself will do. */
export async function answersAt(url: string, timeout = 2_000): Promise<boolean> {
  const { request } = await import(url.startsWith('https:') ? 'node:https' : 'node:http');
  return new Promise((resolve) => {
    request(`${url}/livez`, { timeout, rejectUnauthorized: false, agent: false })
      .on('response', async (answer: IncomingMessage) => resolve((await text(answer).catch(() => '')) === 'ok'))
      .on('timeout', function (this: ClientRequest) {
        this.destroy();
      })
      .on('error', () => resolve(false))
      .end();
  });
}
