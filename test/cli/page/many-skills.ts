import type { Report, RepositoryReport, SkillReport } from "../../../src/run/report.js";
import { sampleReport, sampleSkill } from "../sample-report.js";

/** A run with so many skills, one of each repository, in three directories; the first `failed` failed. */
export function manySkills(count: number, failed: number): Report {
  const ids = Array.from({ length: count }, (_one, index) => `skill-${String(index).padStart(4, "0")}`);
  const repositories = ids.map((id, index) => repository(id, index, index < failed));
  const synced = Math.max(...repositories.map(({ ended_ms }) => ended_ms));
  const skills = ids.map((id, index) => skill(id, index, { isFailed: index < failed, synced }));
  const elapsed = synced + 10 * count + 100;
  return sampleReport({
    outcome: failed > 0 ? "failed" : "ok",
    exit_code: failed > 0 ? 1 : 0,
    elapsed_ms: elapsed,
    phases: {
      sync: { started_ms: 0, ended_ms: synced },
      install: { started_ms: synced, ended_ms: elapsed - 50 },
    },
    skills,
    repositories,
  });
}

function repository(id: string, index: number, isFailed: boolean): RepositoryReport {
  const queued = 10;
  const started = queued + Math.floor(index / 10) * 200;
  const end = started + 150 + (index % 7) * 30;
  const again = { started_ms: started, ended_ms: started + 50, end: "retried", code: "FETCH_NETWORK", message: "503" };
  const last = {
    started_ms: started + 60,
    ended_ms: end,
    end: isFailed ? "failed" : "done",
    code: null,
    message: null,
  };
  return {
    name: `acme/${id}`,
    host: "example.com",
    skills: [id],
    status: isFailed ? "failed" : "done",
    bytes_received: isFailed ? 0 : 1000 * (index + 1),
    queued_ms: queued,
    materialise_ms: isFailed ? null : end - 30,
    ended_ms: end,
    attempts: (isFailed ? [again, last] : [last]) as RepositoryReport["attempts"],
  };
}

function skill(id: string, index: number, { isFailed, synced }: { isFailed: boolean; synced: number }): SkillReport {
  const at = synced + 10 * index;
  const directories = { "claude-code": "/home/me/.claude/skills", codex: "/home/me/.agents/skills" };
  const repo = `https://example.com/acme/${id}.git`;
  return sampleSkill({
    id,
    status: isFailed ? "failed" : index % 2 === 0 ? "installed" : "unchanged",
    source: { repo, ref: null, subpath: "." },
    sync: {
      status: isFailed ? "failed" : "cloned",
      started_ms: 10,
      ended_ms: 300 + index,
      attempts: isFailed ? 2 : 1,
      completion_order: index + 1,
    },
    targets: isFailed
      ? []
      : Object.entries(directories).map(([agent, directory]) => ({
          agent,
          agents: [agent],
          path: `${directory}/${id}`,
          action: "create",
          status: "done",
          reasons: ["nothing is there"],
          started_ms: at,
          ended_ms: at + 5,
        })),
    diagnostics: isFailed
      ? [
          {
            code: "FETCH_NETWORK",
            severity: "error",
            stage: "fetch",
            message: `${repo}: the server answered 503`,
            hint: "Run the command again.",
          },
        ]
      : [],
  });
}
