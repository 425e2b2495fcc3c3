import { describe, expect, it } from "vitest";
import { LiveView } from "../../../src/cli/progress/live-view.js";
import { Writer } from "../../../src/cli/session/write.js";
import { palette } from "../../../src/cli/terms/colour.js";
import { systemClock } from "../../../src/system/clock.js";
import { repository, skillFailed, started, step } from "./events.js";

function open(size = { columns: 80, rows: 24 }) {
  const writes: string[] = [];
  const write = (chunk: string, done: () => void) => {
    writes.push(chunk);
    done();
  };
  const sink = { write, on: () => {}, isTTY: true, ...size };
  const screen = { err: new Writer(sink), colours: palette(false), clock: systemClock, verbose: false };
  return { view: new LiveView(screen, "Reading the manifest"), writes, sink };
}

describe("the live view", () => {
  it("draws its first frame at once, and takes it away [R-PROGRESS-02] [R-PROGRESS-01]", () => {
    const { view, writes } = open();
    expect(writes).toEqual([expect.stringContaining("⠋ Reading the manifest…")]);
    view.close();
    expect(writes.slice(1)).toEqual(["\u001b[?2026h\r\u001b[J\u001b[?25h\u001b[?2026l"]);
    view.abandon();
    expect(writes).toHaveLength(2);
  });

  it("shows nothing between two runs of a command, so that it can ask [R-PROGRESS-12]", () => {
    const { view, writes } = open();
    view.show(step("source"));
    view.show({ type: "run-ended", at: 1 });
    expect(writes.at(-1)).toContain("\u001b[?25h");
    const count = writes.length;
    view.close();
    expect(writes).toHaveLength(count);
  });

  it("writes nothing as long as nothing changes, and a failure above the next frame [R-PROGRESS-05] [R-PROGRESS-04]", async () => {
    const { view, writes } = open();
    for (const event of [step("sync"), repository("one", { skills: ["a"] }), repository("two"), started("one")])
      view.show(event);
    await expect.poll(() => writes.at(-1), { timeout: 5000 }).toContain("0 of 2 repositories");
    const count = writes.length;
    await systemClock.sleep(350);
    expect(writes.length - count).toBeLessThanOrEqual(1);
    view.show(skillFailed("b"));
    await expect.poll(() => writes.at(-1), { timeout: 5000 }).toMatch(/✖ b: .*\(FETCH_NETWORK\)\n.*\n {2}acme\/one/u);
    view.close();
  });

  it("draws at most seven frames a second, each in one write [R-PROGRESS-05]", async () => {
    const { view, writes } = open();
    const from = performance.now();
    for (const event of [step("sync"), repository("one"), repository("two"), started("one")]) view.show(event);
    for (let round = 0; round < 100; round++) {
      view.show({ type: "bytes-received", at: round, task: "one", bytes: 2048 });
      await systemClock.sleep(15);
    }
    const seconds = (performance.now() - from) / 1000;
    view.close();
    expect(writes.length).toBeGreaterThan(3);
    // The first one and the last one besides.
    expect(writes.length).toBeLessThanOrEqual(seconds * 7 + 3);
    // eslint-disable-next-line no-control-regex
    for (const write of writes) expect(write).toMatch(/^\u001b\[\?2026h(?:(?!\u001b\[\?2026)[^])*\u001b\[\?2026l$/u);
  });

  it("says that it stops at once [R-PROGRESS-08]", () => {
    const { view, writes } = open();
    for (const event of [step("sync"), repository("one"), repository("two"), started("one")]) view.show(event);
    view.stopping();
    expect(writes.at(-1)).toContain("Stopping, 2 being cancelled; Ctrl-C again to stop now");
    view.close();
  });
});
