import { engineContract } from "../../../test/contract/engine-contract.ts";
import { simulatedSubject } from "../../../test/support/simulated-subject.ts";
import { anthropic } from "./engine.ts";

engineContract("anthropic", () => simulatedSubject(anthropic, { operation: "messages" }));
