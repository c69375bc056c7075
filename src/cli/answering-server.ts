import type { ClientRequest, IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Loaded } from '../config/load.ts';
import { runningServer, type ServerNote } from '../config/server-note.ts';

/** The server that runs for this person, if it answers. */
export async function answeringServer({ paths }: Pick<Loaded, 'paths'>): Promise<ServerNote | undefined> {
  const note = runningServer(paths.state);
  return note && (await answersAt(note.url)) ? note : undefined;
}

/** Whether a claude-bedrock answers there. No secret is sent, so a certificate that signs itself will do. */
export async function answersAt(url: string): Promise<boolean> {
  const { request } = await import(url.startsWith('https:') ? 'node:https' : 'node:http');
  return new Promise((resolve) => {
    request(`${url}/livez`, { timeout: 2_000, rejectUnauthorized: false, agent: false })
      .on('response', async (answer: IncomingMessage) => resolve((await text(answer).catch(() => '')) === 'ok'))
      .on('timeout', function (this: ClientRequest) {
        this.destroy();
      })
      .on('error', () => resolve(false))
      .end();
  });
}
