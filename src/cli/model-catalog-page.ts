/** The console's page on which an account sends Anthropic's use-case form and gets access to models. */
export const modelCatalogPage = (region: string): string =>
  `https://${region}.console.aws.amazon.com/bedrock/home?region=${region}#/model-catalog`;
