// What operators see of the regions over which a provider says that models spread.
import type { Route } from "../exchange/route.ts";
import { type RegionReport, stepOf } from "../shared/region-report.ts";
import type { RegionStep } from "../../telemetry/index.ts";
import { answerOperator } from "./admin-routes.ts";
import type { OperatorRequest } from "./operator-request.ts";

export const regionRoute: Route<OperatorRequest> = {
  path: "/admin/regions",
  method: "GET",
  handle: (exchange) =>
    answerOperator(exchange, async () => ({
      regions: Array.from(exchange.cell.regionReports.values(), told),
    })),
  isHealth: false,
};

const advice: Readonly<Record<RegionStep, string>> = {
  mend_places_then_release:
    "say in a provider's file of your own where the region lies and that the endpoint's region holds it, or take a newer version of that file, or a model's name that does not spread there; reload, then release the endpoint",
  allow_get_inference_profile: "allow `bedrock:GetInferenceProfile` to the endpoint's key, or renew the key",
  compare_model_name: "compare the model's name with the inference profiles of the endpoint's region",
  wait: "nothing: it is asked again",
  open_control_host: "let the cell reach `bedrock.<region>.amazonaws.com`, or leave out `watch-regions`",
  look_who_answers: "look who answers for `bedrock.<region>.amazonaws.com`: that was no answer of Amazon's",
};

function told({ heard, ...report }: RegionReport): unknown {
  const next = stepOf({ heard, fault: report.fault });
  const { regions = null, outside = [], unnamed = [] } = heard ?? {};
  return { ...report, regions, outside, unnamed, next: next && advice[next] };
}
