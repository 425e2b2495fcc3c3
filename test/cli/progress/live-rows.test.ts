import { describe, expect, it } from "vitest";
import { liveRows, MOST_ROWS } from "../../../src/cli/progress/live-rows.js";
import type { RepositoryProgress } from "../../../src/cli/progress/repository-progress.js";

const repository = (name: string, host = "example.com"): RepositoryProgress => ({
  name,
  host,
  state: "waiting",
  elapsedMs: null,
});

describe("the rows of the live view", () => {
  it("are one for each repository", async () => {
    const [a, b] = [repository("a"), repository("b")];
    const rows = liveRows([a, b]);
    expect([...rows.values()].map(({ title }) => title)).toEqual(["waiting a…", "waiting b…"]);
    Object.assign(a, { state: "failed", elapsedMs: 100 });
    rows.get(a)?.refresh();
    await rows.get(a)?.ended;
    expect(rows.get(a)).toMatchObject({ title: "failed a [0.1s]", failed: true });
    expect(rows.get(b)?.failed).toBe(false);
  });

  it("are one for each host when there are more than fifty [R-CLI-11]", async () => {
    const many = Array.from({ length: MOST_ROWS }, (_, index) => repository(`r${index}`));
    const all = [...many, repository("local", "")];
    const rows = liveRows(all);
    expect(new Set(rows.values()).size).toBe(2);
    const row = rows.get(all[0]!)!;
    let told = 0;
    row.onChange = () => (told += 1);
    for (const one of many) one.state = "done";
    Object.assign(many[0]!, { state: "failed" });
    row.refresh();
    await row.ended;
    expect([told, row.title]).toEqual([1, "example.com: 49 of 50 downloaded, 1 failed"]);
    expect(rows.get(all.at(-1)!)?.title).toBe("waiting local…");
  });

  it("end when the view gives up", async () => {
    const row = liveRows([repository("a")])
      .values()
      .next().value!;
    row.giveUp();
    await row.ended;
  });
});
