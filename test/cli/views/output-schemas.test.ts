import { expect, expectTypeOf, it } from "vitest";
import type * as z from "zod/mini";
import type { DoctorReport } from "../../../src/doctor/doctor.js";
import type { SkillList } from "../../../src/inspect/list-skills.js";
import type { ShowReport } from "../../../src/inspect/shown-skill.js";
import type { WhyReport } from "../../../src/inspect/why.js";
import type { MachineInventory } from "../../../src/inspect/machine-inventory.js";
import type { AgentsReport } from "../../../src/inspect/list-agents.js";
import type { DiffReport } from "../../../src/inspect/skill-diffs.js";
import type { Diagnostic, Report } from "../../../src/run/report.js";
import type { inventorySchema } from "../../../src/cli/views/inventory-schema.js";
import type { planSchema } from "../../../src/cli/views/plan-schema.js";
import type { proposeSchema } from "../../../src/cli/views/propose-schema.js";
import type { Proposal } from "../../../src/propose/propose.js";
import {
  type agentsSchema,
  type diffSchema,
  type doctorSchema,
  type listSchema,
  outputJsonSchema,
  type showSchema,
  type whySchema,
} from "../../../src/cli/views/output-schemas.js";
import { reportSchema } from "../../../src/cli/views/report-schema.js";
import type { PlanRow } from "../../../src/plan/plan.js";
import { sampleReport, sampleSkill } from "../sample-report.js";

/** A document with the warnings that are added when it is printed. */
type Printed<T> = { [K in keyof T | "diagnostics"]: K extends keyof T ? T[K] : Diagnostic[] };

it("the schemas are the types of the documents [R-CLI-19]", () => {
  expectTypeOf<z.infer<typeof reportSchema>>().toEqualTypeOf<Report>();
  expectTypeOf<z.infer<typeof planSchema>>().toEqualTypeOf<PlanRow[]>();
  expectTypeOf<z.infer<typeof listSchema>>().toEqualTypeOf<Printed<SkillList>>();
  expect(reportSchema.parse(sampleReport({ skills: [sampleSkill()] }))).toEqual(
    sampleReport({ skills: [sampleSkill()] }),
  );
  expectTypeOf<z.infer<typeof showSchema>>().toEqualTypeOf<Printed<ShowReport>>();
  expectTypeOf<z.infer<typeof whySchema>>().toEqualTypeOf<Printed<WhyReport>>();
  expectTypeOf<z.infer<typeof agentsSchema>>().toEqualTypeOf<Printed<AgentsReport>>();
  expectTypeOf<z.infer<typeof diffSchema>>().toEqualTypeOf<Printed<DiffReport>>();
  expectTypeOf<z.infer<typeof inventorySchema>>().toEqualTypeOf<Printed<MachineInventory>>();
  expectTypeOf<z.infer<typeof proposeSchema>["proposals"]>().toEqualTypeOf<Proposal[]>();
  expectTypeOf<z.infer<typeof doctorSchema>>().toEqualTypeOf<Printed<DoctorReport>>();
});

it("a JSON Schema lets later fields pass [R-REPORT-12]", () => {
  expect(outputJsonSchema("report")).toMatchObject({ title: "eden-skills report", type: "object" });
  expect(JSON.stringify(outputJsonSchema("report"))).not.toContain("additionalProperties");
  expect(outputJsonSchema("plan")).toMatchObject({ type: "array" });
});
