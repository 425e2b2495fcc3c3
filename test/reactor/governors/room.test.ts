import { describe, expect, it } from "vitest";
import { roomFor, type Resource } from "../../../src/reactor/governors/room.js";

describe("the room for tasks [R-REACTOR-20]", () => {
  const files = (limit: number): Resource => ({ name: "open files", limit, inUse: 20 });
  const processes = (limit: number): Resource => ({ name: "processes", limit, inUse: 20 });

  it("is what the soft limit allows, at least one, at most what was asked for, with what would be needed", () => {
    const needed = 20 + 14 + 10 * 10;
    expect(roomFor(10, files(needed))).toEqual({ name: "open files", limit: needed, fits: 10, needed });
    expect(roomFor(10, files(needed - 1))).toMatchObject({ fits: 9, needed });
    expect(roomFor(10, files(8))).toMatchObject({ fits: 1, needed });
    expect(roomFor(3, files(100_000)).fits).toBe(3);
  });

  it("counts a task of git as six processes", () => {
    const needed = 20 + 2 + 10 * 6;
    expect(roomFor(10, processes(needed))).toEqual({ name: "processes", limit: needed, fits: 10, needed });
    expect(roomFor(10, processes(needed - 1))).toMatchObject({ fits: 9, needed });
  });
});
