import { anthropicShapes } from "./anthropic-shapes.ts";
import { azureOpenAiShapes } from "./azure-openai-shapes.ts";
import { bedrockConverseShapes } from "./bedrock-converse-shapes.ts";
import { bedrockShapes } from "./bedrock-shapes.ts";
import { cohereShapes } from "./cohere-shapes.ts";
import { geminiShapes } from "./gemini-shapes.ts";
import { openAiShapes } from "./openai-shapes.ts";
import { providerContract } from "./provider-contract.ts";
import { vertexShapes } from "./vertex-shapes.ts";

providerContract(anthropicShapes);
providerContract(openAiShapes);
providerContract(azureOpenAiShapes);
providerContract(bedrockShapes);
providerContract(bedrockConverseShapes);
providerContract(geminiShapes);
providerContract(vertexShapes);
providerContract(cohereShapes);
