import type { ModelTarget } from './model.ts';

/** How a family of embedding models is asked; a model's row names it. */
export type EmbeddingFamily = 'titan-v1' | 'titan-v2' | 'cohere-v3' | 'cohere-v4' | 'nova';

/** An embedding model's name resolved: what is dialled, and in which form. */
export type EmbeddingTarget = ModelTarget & { embedding: EmbeddingFamily };
