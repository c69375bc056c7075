/** A command of this program as the person types it who runs the proxy, e.g. `npx claude-bedrock ui`: the page says how. */
export const command = (rest: string): string => `${toldIn(document)} ${rest}`;

const toldIn = (page: Document): string =>
  page.querySelector<HTMLMetaElement>('meta[name=command]')?.content ?? 'claude-bedrock';
