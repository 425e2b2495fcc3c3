import { describe, expect, it } from "vitest";
import { PlainView } from "../../../src/cli/progress/plain-view.js";
import { palette } from "../../../src/cli/terms/colour.js";
import { EdenError } from "../../../src/errors.js";
import type { RunEvent } from "../../../src/run/events.js";
import { VirtualClock } from "../../system/virtual-clock.js";
import { again, ended, limitChanged, repository, skillFailed, started, step } from "./events.js";

function shown(events: readonly RunEvent[], verbose = false): string[] {
  const lines: string[] = [];
  const clock = new VirtualClock();
  const view = new PlainView({ line: (line) => lines.push(line), colours: palette(false), clock, verbose });
  for (const event of events) view.show(event);
  view.close();
  return lines;
}

const three = ["one", "two", "three"].map((name) => repository(name));

describe("progress as lines", () => {
  it("says what begins and what has ended, and nothing for each repository [R-PROGRESS-06]", () => {
    const events = [step("sync"), ...three, ...three.flatMap(({ task }) => [started(task), ended(task)])];
    expect(shown(events)).toEqual(["syncing: 3 repositories", "3 of 3 repositories after 0 s"]);
    expect(shown([step("source"), three[0]!, started("one"), ended("one")])).toEqual([
      "looking at sources: acme/one",
      "1 of 1 repository after 0 s",
    ]);
  });

  it("says how far it is every ten seconds, then every thirty [R-PROGRESS-06]", async () => {
    const lines: string[] = [];
    const clock = new VirtualClock();
    const view = new PlainView({ line: (line) => lines.push(line), colours: palette(false), clock, verbose: false });
    const events: RunEvent[] = [step("sync"), ...three, started("one"), started("two"), ended("two")];
    for (const event of [...events, { type: "bytes-received", at: 0, task: "one", bytes: 2048 } as const])
      view.show(event);
    await clock.advance(10_000);
    expect(lines.at(-1)).toBe(
      "1 of 3 repositories after 10 s, 1 queued, 2.0 KiB received; acme/one: fetching · 2.0 KiB · 10 s",
    );
    await clock.advance(170_000);
    expect(lines).toHaveLength(1 + 6 + 4);
    view.close();
    await clock.advance(60_000);
    expect(lines.at(-1)).toBe("1 of 3 repositories after 3 min, 1 queued, 2.0 KiB received");
    expect(lines).toHaveLength(1 + 6 + 4 + 1);
  });

  it("says why a repository is tried again, five times; with --verbose every attempt [R-PROGRESS-06]", () => {
    const retries = Array.from({ length: 7 }, () => [started("one"), again("one")]).flat();
    const events = [step("sync"), three[0]!, ...retries, ended("one", "failed")];
    const retrying = "acme/one: retry 1 of 2 in 3 s: server answered 503";
    expect(shown(events).filter((line) => line === retrying)).toHaveLength(5);
    expect(shown(events, true)).toEqual(
      expect.arrayContaining([retrying, "acme/one: attempt 1", "acme/one: failed, attempts: 1"]),
    );
    expect(shown(events, true).filter((line) => line === retrying)).toHaveLength(7);
  });

  it("names a failure when it happens, that of a repository once [R-PROGRESS-04]", () => {
    const events = [
      step("sync"),
      repository("one", { skills: ["a", "b"] }),
      repository("two", { skills: ["c", "d"] }),
      started("one"),
      skillFailed("a"),
      skillFailed("b"),
      ended("one", "failed"),
      started("two"),
      skillFailed("c", new EdenError("SKILL_UNSAFE", "a link leaves it")),
      ended("two"),
    ];
    expect(shown(events).filter((line) => line.startsWith("failed"))).toEqual([
      "failed acme/one (2 skills) answered 503 (FETCH_NETWORK)",
      "failed c: a link leaves it (SKILL_UNSAFE)",
    ]);
  });

  it("names ten failures of a kind and leaves the others to the result [R-PROGRESS-04]", () => {
    const many = Array.from({ length: 45 }, (_, index) => skillFailed(`skill-${index}`));
    const lines = shown(many);
    expect(lines).toHaveLength(11);
    expect(lines.at(-1)).toBe("other failures of this kind (FETCH_NETWORK) are in the result");
  });

  it("makes foreign names visible instead of obeying them", () => {
    const name = "\u001b]0;x\u0007";
    expect(shown([step("sync"), repository("one", { name }), started("one")])[0]).toBe("syncing: \\x1b]0;x\\x07");
  });

  it("shows warnings with their hint, but leaves errors to the result", () => {
    const notice = { type: "notice", at: 0, code: "SKILL_INVALID", stage: "materialise", message: "no name" } as const;
    expect(shown([{ ...notice, severity: "warning", skill: "a", hint: "Mend it." }])).toEqual([
      "warning[SKILL_INVALID] a: no name",
      "  hint: Mend it.",
    ]);
    expect(shown([{ ...notice, severity: "error", skill: null, hint: null }])).toEqual([]);
  });

  it("shows five changes of a limit and leaves the rest to the result; that of a host is the host's [R-CLI-11]", () => {
    const changes = Array.from({ length: 9 }, (_, index) => limitChanged({ from: 20 - index, to: 19 - index }));
    expect(shown(changes)).toEqual(
      [20, 19, 18, 17, 16].map((from) => `concurrency ${from} → ${from - 1} (descriptors: EMFILE)`),
    );
    const ofHost = limitChanged({ from: 8, to: 4, governor: "throttle", reason: "example.com: 429 Too Many Requests" });
    expect(shown([ofHost])).toEqual(["host example.com: 8 → 4 at once (429 Too Many Requests)"]);
  });

  it("shows a broken budget and a wait", () => {
    const breach = { budget: "deadline", limit: 60_000, observed: 60_003 } as const;
    expect(
      shown([
        { type: "breached", at: 1, breach },
        { type: "waiting", at: 2, for: "acme/skills", pid: 7 },
      ]),
    ).toEqual([
      "budget exceeded: deadline, 60.0s of 60.0s; the rest is cancelled",
      "waiting for acme/skills, which process 7 is working on…",
    ]);
  });
});
