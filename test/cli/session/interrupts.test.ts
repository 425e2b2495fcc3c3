import { EventEmitter } from "node:events";
import { describe, expect, it } from "vitest";
import { watchInterrupts } from "../../../src/cli/session/interrupts.js";

describe("interrupts", () => {
  it.each([
    ["SIGHUP", 129],
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ])("the first %s cancels, with code %i", (name, code) => {
    const source = new EventEmitter();
    const seen: number[] = [];
    const interrupts = watchInterrupts(source, (second) => seen.push(second));
    expect([interrupts.code(), interrupts.signal.aborted]).toEqual([null, false]);
    source.emit(name);
    expect([interrupts.code(), interrupts.signal.aborted, seen]).toEqual([code, true, []]);
    expect(interrupts.signal.reason).toMatchObject({ code: "CANCELLED", message: `interrupted by ${name}` });
  });

  it("the second one ends at once; the first decides what the run says", () => {
    const source = new EventEmitter();
    const seen: number[] = [];
    const interrupts = watchInterrupts(source, (second) => seen.push(second));
    source.emit("SIGINT");
    source.emit("SIGTERM");
    expect([interrupts.code(), seen]).toEqual([130, [143]]);
  });

  it("are left to the system afterwards", () => {
    const source = new EventEmitter();
    watchInterrupts(source, () => {}).end();
    expect(source.eventNames()).toEqual([]);
  });
});
