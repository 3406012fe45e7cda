import { anthropicShapes } from "./anthropic-shapes.ts";
import { providerContract } from "./provider-contract.ts";

providerContract(anthropicShapes);
