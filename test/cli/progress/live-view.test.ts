import { expect, it } from "vitest";
import type { RunEvent } from "../../../src/run/events.js";
import { palette } from "../../../src/cli/terms/colour.js";
import { LiveView } from "../../../src/cli/progress/live-view.js";
import { Writer } from "../../../src/cli/session/write.js";

it("the live view has rows for repositories that are reported after others have ended", async () => {
  let text = "";
  const write = (chunk: string, done: () => void) => {
    text += chunk;
    done();
  };
  const view = new LiveView(new Writer({ write, on: () => {}, columns: 80, rows: 24 }, false), palette(false), false);
  const begin = (name: string) => {
    const about = { name, host: "example.com", isRemote: true, skills: [] };
    view.show({ type: "repository", at: 0, task: name, ...about });
  };
  const start = (task: string) =>
    view.show({ type: "task-started", at: 0, task, attempt: 1, waitedMs: 0, inFlight: 1 } satisfies RunEvent);
  const end = (task: string) =>
    view.show({
      type: "task-ended",
      at: 100,
      task,
      status: "done",
      attempts: 1,
      startedAt: 0,
      error: null,
    } satisfies RunEvent);
  begin("registry official");
  start("registry official");
  end("registry official");
  for (const name of ["acme/one", "acme/two"]) begin(name);
  for (const name of ["acme/one", "acme/two"]) start(name);
  end("acme/two");
  end("acme/one");
  await view.close();
  const last = text.slice(text.lastIndexOf("registry official"));
  expect(text).toContain("downloaded registry official [0.1s]");
  expect(last).toContain("downloaded acme/one [0.1s]");
  expect(last).toContain("downloaded acme/two [0.1s]");
  expect(text.match(/\u2714/gu)).toHaveLength(3);
});
