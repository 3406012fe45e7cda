// How an engine of one's own shows what code it runs, before anything is sent to it (docs/attestation.md).
import { attestationKinds, sevSnpProducts } from "../../law/index.ts";
import { z } from "zod";
import { urlPath } from "./calling-schema.ts";
import { count, text } from "./vocabulary.ts";

const part = count(0, 255);

const minimumTcb = z
  .strictObject({
    fmc: part.optional().describe("Of `turin`, which alone has one."),
    "boot-loader": part.describe("Of the secure processor's boot loader."),
    tee: part.describe("Of its operating system."),
    snp: part.describe("Of the SEV-SNP firmware."),
    microcode: part.describe("Of the processor's cores."),
  })
  .describe(
    "The least security version of each part of AMD's firmware; AMD's security bulletins say which mend what, and `bailiwick attest verify` which yours are.",
  );

export const attestation = z
  .strictObject({
    kind: z.enum(attestationKinds).describe("What makes the evidence: AMD's processors by `sev-snp`."),
    product: z
      .enum(sevSnpProducts)
      .describe("The processor, by the name of AMD's root for it. Bergamo and Siena are `genoa`."),
    path: urlPath
      .default("/v1/attestation/report")
      .describe("Where it answers with evidence, under its URL."),
    measurements: z
      .array(
        text("a launch digest of 96 lower-case hex digits", /^[0-9a-f]{96}$/).meta({
          title: "96 hex digits",
        }),
      )
      .min(1, { error: "at least one launch digest" })
      .max(100, { error: "at most 100 launch digests" })
      .describe(
        "What may run there: launch digests of the whole machine (`MEASUREMENT`), any of which will do.",
      ),
    "minimum-tcb": minimumTcb,
    root: text("the SHA-256 of a public key, 64 lower-case hex digits", /^[0-9a-f]{64}$/)
      .meta({ title: "64 hex digits" })
      .optional()
      .describe(
        "SHA-256 of the root's public key (SubjectPublicKeyInfo): whoever holds that key can say anything. Default: AMD's own for the product.",
      ),
  })
  .describe(
    "It has to prove what code it runs before anything of a caller's goes there, over each TLS key that it shows (docs/attestation.md). Left out: it has not.",
  );

export type AttestationDocument = z.output<typeof attestation>;
