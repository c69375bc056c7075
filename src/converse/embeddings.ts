import type { ModelInfo, ModelTarget } from './model.ts';

/** How a family of embedding models is asked; a model's row names it. */
export type EmbeddingFamily = 'titan-v1' | 'titan-v2' | 'cohere-v3' | 'cohere-v4' | 'nova';

/** An embedding model's name resolved: what is dialled, and in which form. */
export type EmbeddingTarget = ModelTarget & { embedding: EmbeddingFamily };

/** The embedding models that this proxy offers. */
export type EmbeddingCatalogue = {
  /** What an unknown name gets is the settings' business. Throws `unknown_model` where they demand a known one. */
  resolve(name: string): EmbeddingTarget;
  /** The model of exactly this name; undefined when it is none of an embedding model. */
  find(name: string): EmbeddingTarget | undefined;
  list(): readonly ModelInfo[] | Promise<readonly ModelInfo[]>;
};
