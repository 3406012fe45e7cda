// What each regime asks, and the parts that answer it. Articles are quoted by their numbers; the words are ours.
import type { PartMaker } from "./part.ts";
import { clockPart } from "./parts/clock.ts";
import { coveragePart } from "./parts/coverage.ts";
import { registerPart } from "./parts/register.ts";
import { retentionPart } from "./parts/retention.ts";
import { samplePart } from "./parts/sample-table.ts";
import { volumePart } from "./parts/volume.ts";
import type { Ask, ReportRegime } from "./report.ts";
import {
  changeList,
  correctionList,
  forkList,
  legalList,
  storageList,
  subjectRightsList,
  violationList,
} from "./lists.ts";
import {
  anomalyTable,
  classTable,
  computedPlaceTable,
  lawTable,
  modelTable,
  observedPlaceTable,
  ofClass,
  policyTable,
  recipientTable,
  refusalTable,
  ruleTable,
  subjectPlaceTable,
  tenantTable,
  transferTable,
} from "./tables.ts";

export interface RegimeReport {
  readonly title: string;
  readonly asks: readonly Ask[];
  readonly notHeld: readonly string[];
  readonly parts: readonly PartMaker[];
}

const gdpr = "https://eur-lex.europa.eu/eli/reg/2016/679/oj";
const aiAct = "https://eur-lex.europa.eu/eli/reg/2024/1689/oj";
const hipaa = "https://www.ecfr.gov/current/title-45/subtitle-A/subchapter-C/part-164/subpart-C";
const trustCriteria =
  "https://www.aicpa-cima.com/resources/download/2017-trust-services-criteria-with-revised-points-of-focus-2022";
const iso27001 = "https://www.iso.org/standard/27001";
const pciDss = "https://www.pcisecuritystandards.org/document_library/";
const dora = "https://eur-lex.europa.eu/eli/reg/2022/2554/oj";
const informationRegister = "https://eur-lex.europa.eu/eli/reg_impl/2024/2956/oj";

export const regimeReports: Readonly<Record<ReportRegime, RegimeReport>> = {
  "eu-gdpr-30": {
    title: "Records of processing activities",
    asks: [
      ask("GDPR Art. 30(1)(c)", "categories of data subjects and of personal data", gdpr),
      ask("GDPR Art. 30(1)(d)", "recipients to whom personal data are disclosed", gdpr),
      ask("GDPR Art. 30(1)(e), 30(2)(c)", "transfers to third countries, and the safeguards", gdpr),
      ask("GDPR Art. 30(1)(f)", "time limits for erasure", gdpr),
      ask("GDPR Art. 30(1)(g), 30(2)(d)", "technical and organisational measures", gdpr),
      ask("GDPR Art. 30(2)(a), (b)", "of a processor: for which controllers, and what processing", gdpr),
    ],
    notHeld: [
      "Names and contact details of controller, representative and data protection officer (Art. 30(1)(a)).",
      "The purposes of the processing (Art. 30(1)(b)): a prompt does not say why it was written, and the ledger does not hold it.",
    ],
    parts: [
      volumePart("GDPR Art. 30(1)"),
      tenantTable("GDPR Art. 30(2)(a), (b)"),
      classTable("GDPR Art. 30(1)(c)"),
      subjectPlaceTable("GDPR Art. 30(1)(c)"),
      recipientTable("GDPR Art. 30(1)(d)"),
      transferTable("GDPR Art. 30(1)(e), 30(2)(c)"),
      violationList("GDPR Art. 30(1)(d), (e)"),
      correctionList("GDPR Art. 30(1)(d), (e)"),
      subjectRightsList("GDPR Art. 30(1)(f)"),
      storageList("GDPR Art. 30(1)(f)"),
      changeList("GDPR Art. 30(1)(g), 30(2)(d)"),
    ],
  },
  "eu-gdpr-44": {
    title: "Transfer register",
    asks: [
      ask("GDPR Art. 44", "every transfer to a third country complies with the chapter", gdpr),
      ask("GDPR Art. 45, 46, 49", "the instrument of each: adequacy, safeguards, derogation", gdpr),
      ask(
        "SCC 2021/914 cl. 8, 14, 15",
        "documented transfers and assessments",
        "https://eur-lex.europa.eu/eli/dec_impl/2021/914/oj",
      ),
      ask(
        "EDPB Recommendations 01/2020",
        "know your transfers; suspend those without protection",
        "https://www.edpb.europa.eu/our-work-tools/our-documents/recommendations/recommendations-012020-measures-supplement-transfer_en",
      ),
    ],
    notHeld: [
      "The text of an impact assessment: the register holds the name under which the policy refers to it, as of each transfer.",
      "Remote access from a third country, which is no request through the gateway.",
    ],
    parts: [
      volumePart("GDPR Art. 44"),
      transferTable("GDPR Art. 45, 46, 49"),
      registerPart("GDPR Art. 44"),
      computedPlaceTable("GDPR Art. 44"),
      ruleTable("GDPR Art. 44"),
      refusalTable("GDPR Art. 44"),
      legalList("SCC 2021/914 cl. 14(f), 16"),
      violationList("GDPR Art. 44"),
      correctionList("GDPR Art. 44"),
    ],
  },
  "eu-ai-act": {
    title: "Automatic logs of a high-risk AI system",
    asks: [
      ask("AI Act Art. 12(1), (2)", "events are recorded over the lifetime of the system", aiAct),
      ask("AI Act Art. 12(3)(a)", "the period of each use", aiAct),
      ask("AI Act Art. 19(1), 26(6)", "logs are kept for at least six months", aiAct),
      ask("AI Act Art. 72", "monitoring after the system is on the market", aiAct),
    ],
    notHeld: [
      "Who verified a result (Art. 12(3)(d)): what people do with an answer is outside the gateway.",
      "Whether a use is of high risk: that follows from its purpose.",
    ],
    parts: [
      volumePart("AI Act Art. 12(1)"),
      modelTable("AI Act Art. 12(3)(a)"),
      coveragePart("AI Act Art. 12(1)"),
      anomalyTable("AI Act Art. 12(2)(a), 72"),
      violationList("AI Act Art. 12(2)(a)"),
      correctionList("AI Act Art. 12(2)(a)"),
      policyTable("AI Act Art. 12(2)(b)"),
      clockPart("AI Act Art. 12(1)"),
      retentionPart({ article: "AI Act Art. 19(1), 26(6)", days: 184, period: "six months" }),
    ],
  },
  "us-hipaa": {
    title: "Audit controls over requests of class health",
    asks: [
      ask("45 CFR 164.312(b)", "mechanisms that record and examine activity", hipaa),
      ask("45 CFR 164.312(c)(1)", "protection from improper alteration", hipaa),
      ask("45 CFR 164.308(a)(1)(ii)(D)", "regular review of records of activity", hipaa),
      ask("45 CFR 164.316(b)(2)(i)", "documentation is retained for six years", hipaa),
    ],
    notHeld: [
      "Whether a request held protected health information: it was decided under the class that contract, credential or caller gave it.",
      "Business associate agreements: the register of transfers names the documents that the policy relied on.",
    ],
    parts: [
      ofClass("health", volumePart("45 CFR 164.312(b)")),
      ofClass("health", tenantTable("45 CFR 164.312(b)")),
      ofClass("health", computedPlaceTable("45 CFR 164.312(b)")),
      ofClass("health", recipientTable("45 CFR 164.312(b)")),
      ofClass("health", refusalTable("45 CFR 164.312(b)")),
      ofClass("health", ruleTable("45 CFR 164.312(b)")),
      ofClass("health", coveragePart("45 CFR 164.312(b)")),
      violationList("45 CFR 164.308(a)(1)(ii)(D)"),
      correctionList("45 CFR 164.308(a)(1)(ii)(D)"),
      subjectRightsList("45 CFR 164.312(b)"),
      retentionPart({ article: "45 CFR 164.316(b)(2)(i)", days: 2192, period: "six years" }),
    ],
  },
  soc2: {
    title: "Trust services criteria: monitoring and change",
    asks: [
      ask("CC6.1", "logical access: keys and what they protect", trustCriteria),
      ask("CC7.2, CC7.3", "anomalies are monitored and evaluated", trustCriteria),
      ask("CC7.4", "incidents are responded to", trustCriteria),
      ask("CC8.1", "changes are authorised and tracked", trustCriteria),
    ],
    notHeld: [
      "Who approved a change: the log holds that it took effect, and when.",
      "What was done about an alarm.",
    ],
    parts: [
      volumePart("CC7.2"),
      samplePart("CC7.2"),
      coveragePart("CC7.2"),
      anomalyTable("CC7.3"),
      violationList("CC7.3, CC7.4"),
      correctionList("CC7.3, CC7.4"),
      forkList("CC7.3"),
      refusalTable("CC6.1"),
      policyTable("CC8.1"),
      changeList("CC8.1"),
      legalList("CC8.1"),
      subjectRightsList("CC6.1"),
      clockPart("CC7.2"),
    ],
  },
  "iso-27001": {
    title: "Logging, clocks and protection of records",
    asks: [
      ask("ISO/IEC 27001:2022 A.8.15", "logs are produced, stored, protected and analysed", iso27001),
      ask("ISO/IEC 27001:2022 A.8.17", "clocks are synchronised", iso27001),
      ask("ISO/IEC 27001:2022 A.5.33", "records are protected from loss and falsification", iso27001),
      ask("ISO/IEC 27001:2022 A.8.24", "use of cryptography, with its keys", iso27001),
    ],
    notHeld: [
      "To which source a cell's clock is synchronised, and how far it is off: the log shows set-backs only.",
    ],
    parts: [
      volumePart("A.8.15"),
      coveragePart("A.8.15"),
      violationList("A.8.15"),
      correctionList("A.8.15"),
      clockPart("A.8.17"),
      storageList("A.5.33"),
      retentionPart({ article: "A.5.33", days: 365, period: "a year" }),
      changeList("A.8.24"),
      subjectRightsList("A.8.24"),
      forkList("A.5.33"),
    ],
  },
  "pci-dss": {
    title: "Audit logs",
    asks: [
      ask("PCI DSS 4.0.1 10.2", "events are logged, with the needed fields", pciDss),
      ask("PCI DSS 4.0.1 10.3", "logs are protected from change", pciDss),
      ask("PCI DSS 4.0.1 10.4", "logs are reviewed for anomalies", pciDss),
      ask("PCI DSS 4.0.1 10.5", "twelve months are kept, three at hand", pciDss),
      ask("PCI DSS 4.0.1 10.6", "time is consistent", pciDss),
      ask("PCI DSS 4.0.1 10.7", "failures of the control are detected", pciDss),
    ],
    notHeld: [
      "Whether a request held cardholder data: the class `pci` is what contract, credential or caller said.",
    ],
    parts: [
      volumePart("10.2"),
      classTable("10.2"),
      coveragePart("10.2, 10.7"),
      refusalTable("10.2"),
      anomalyTable("10.4"),
      violationList("10.4"),
      correctionList("10.4"),
      clockPart("10.6, 10.7"),
      retentionPart({ article: "10.5.1", days: 365, period: "twelve months" }),
      storageList("10.3, 10.5"),
      changeList("10.2"),
      forkList("10.7"),
    ],
  },
  "eu-dora": {
    title: "Register of information: places of processing, as observed",
    asks: [
      ask("DORA Art. 28(3)", "a register of arrangements with ICT third-party providers", dora),
      ask(
        "ITS 2024/2956, B_02.02 c0130, c0150, c0160",
        "countries of service, of data at rest and of processing",
        informationRegister,
      ),
      ask("DORA Art. 30(2)(b)", "the places of service and processing, by contract", dora),
    ],
    notHeld: [
      "The provider, its identifier and the contract behind an endpoint: the log names endpoints, the register joins them.",
      "Where data are at rest (c0150): a gateway observes where answers were computed.",
      "The chain of subcontractors (B_05.02).",
    ],
    parts: [
      volumePart("DORA Art. 28(3)"),
      observedPlaceTable("ITS 2024/2956, B_02.02"),
      computedPlaceTable("ITS 2024/2956, B_02.02"),
      recipientTable("DORA Art. 28(3)"),
      lawTable("DORA Art. 28(3)"),
      violationList("DORA Art. 30(2)(b)"),
      correctionList("DORA Art. 30(2)(b)"),
      anomalyTable("DORA Art. 17"),
      legalList("DORA Art. 28(7)"),
    ],
  },
};

function ask(article: string, asks: string, source: string): Ask {
  return { article, asks, source };
}
