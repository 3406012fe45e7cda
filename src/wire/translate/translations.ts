// Every pair of operations that a caller and an engine may speak.
import type { EngineOperationName, SpokenName } from "../operation.ts";
import type { Translation } from "../translation.ts";
import { anthropicCountToAnthropicCount } from "./anthropic-count-to-anthropic-count.ts";
import { anthropicMessagesToAnthropicMessages } from "./anthropic-messages-to-anthropic-messages.ts";
import { anthropicMessagesToOpenAiChat } from "./anthropic-messages-to-openai-chat.ts";
import { speechToSpeech, transcriptionsToTranscriptions, translationsToTranslations } from "./same/audio.ts";
import { imageTranslations } from "./same/images.ts";
import { moderationsToModerations } from "./same/moderations.ts";
import { rerankToRerank } from "./same/rerank.ts";
import { byWayOfChat } from "./by-way-of-chat.ts";
import { openAiChatToAnthropicMessages } from "./openai-chat-to-anthropic-messages.ts";
import { openAiChatToBedrockConverse } from "./openai-chat-to-bedrock-converse.ts";
import { openAiChatToCohereChat } from "./openai-chat-to-cohere-chat.ts";
import { openAiChatToGeminiContent } from "./openai-chat-to-gemini-content.ts";
import { openAiChatToOpenAiChat } from "./openai-chat-to-openai-chat.ts";
import { openAiCompletionsToOpenAiCompletions } from "./openai-completions-to-openai-completions.ts";
import { openAiEmbeddingsToCohereEmbed } from "./embeddings/openai-embeddings-to-cohere-embed.ts";
import { openAiEmbeddingsToGeminiEmbedContents } from "./embeddings/openai-embeddings-to-gemini-embed-contents.ts";
import { openAiEmbeddingsToVertexPredict } from "./embeddings/openai-embeddings-to-vertex-predict.ts";
import { openAiEmbeddingsToOpenAiEmbeddings } from "./embeddings/openai-embeddings-to-openai-embeddings.ts";
import { openAiResponsesToOpenAiChat } from "./openai-responses-to-openai-chat.ts";
import { openAiResponsesToOpenAiResponses } from "./openai-responses-to-openai-responses.ts";
import { messageNames } from "./messages-to-chat/request.ts";
import { responseNames } from "./responses-to-chat/request.ts";

/** What no caller speaks. */
const toEngineDialects: readonly Translation[] = [
  openAiChatToBedrockConverse,
  openAiChatToGeminiContent,
  openAiChatToCohereChat,
];

export const translations: readonly Translation[] = [
  openAiChatToOpenAiChat,
  openAiChatToAnthropicMessages,
  ...toEngineDialects,
  openAiCompletionsToOpenAiCompletions,
  openAiEmbeddingsToOpenAiEmbeddings,
  openAiEmbeddingsToCohereEmbed,
  openAiEmbeddingsToGeminiEmbedContents,
  openAiEmbeddingsToVertexPredict,
  openAiResponsesToOpenAiResponses,
  openAiResponsesToOpenAiChat,
  ...[openAiChatToAnthropicMessages, ...toEngineDialects].map((fromChat) =>
    byWayOfChat({ toChat: openAiResponsesToOpenAiChat, fromChat, names: responseNames }),
  ),
  anthropicMessagesToAnthropicMessages,
  anthropicMessagesToOpenAiChat,
  ...toEngineDialects.map((fromChat) =>
    byWayOfChat({ toChat: anthropicMessagesToOpenAiChat, fromChat, names: messageNames }),
  ),
  anthropicCountToAnthropicCount,
  rerankToRerank,
  moderationsToModerations,
  transcriptionsToTranscriptions,
  translationsToTranslations,
  speechToSpeech,
  ...imageTranslations,
];

/** Null where the engine's operation cannot answer the caller's. */
export function translationFor(from: EngineOperationName, to: SpokenName): Translation | null {
  return translations.find((translation) => translation.from === from && translation.to === to) ?? null;
}
