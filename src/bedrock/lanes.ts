import type { Upstream } from '../converse/call.ts';
import type { Connection } from './connection.ts';
import { embedUpstream } from './embed.ts';
import { nativeUpstream } from './native.ts';
import type { UpstreamOptions } from './upstream.ts';

/** One upstream for all ways into Bedrock; the call says which it takes. */
export function lanes(
  connection: Pick<Connection, 'post'>,
  converse: Upstream,
  idle: UpstreamOptions['idle'],
): Upstream {
  const messages = nativeUpstream(connection, idle);
  const embeddings = embedUpstream(connection);
  return (call) => {
    const { native } = call;
    switch (native?.dialect) {
      case undefined:
        return converse(call);
      case 'anthropic-messages':
        return messages({ ...call, native });
      case 'embeddings':
        return embeddings({ ...call, native });
      default:
        return native satisfies never;
    }
  };
}
