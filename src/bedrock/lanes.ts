import type { Upstream } from '../converse/call.ts';
import type { Accommodate } from './accommodation.ts';
import type { Connection } from './connection.ts';
import { embedUpstream } from './embed.ts';
import { mantleUpstream } from './mantle.ts';
import { nativeUpstream } from './native.ts';
import type { UpstreamOptions } from './upstream.ts';

export type LaneOptions = { converse: Upstream; accommodate: Accommodate; idle: UpstreamOptions['idle'] };

/** One upstream for all ways into Bedrock; the call says which it takes. */
export function lanes(connection: Pick<Connection, 'post'>, { converse, accommodate, idle }: LaneOptions): Upstream {
  const mantle = mantleUpstream(connection, accommodate, idle);
  const messages = nativeUpstream(connection, idle);
  const embeddings = embedUpstream(connection);
  return (call) => {
    const { native } = call;
    switch (native?.dialect) {
      case undefined:
        return call.target.endpoint === 'mantle' ? mantle(call) : converse(call);
      case 'anthropic-messages':
        return messages({ ...call, native });
      case 'embeddings':
        return embeddings({ ...call, native });
      default:
        return native satisfies never;
    }
  };
}
