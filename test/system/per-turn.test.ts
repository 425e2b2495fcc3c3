import { expect, it } from "vitest";
import { perTurn } from "../../src/system/per-turn.js";

it("looks once per path, and again in the next turn", async () => {
  let looks = 0;
  const look = perTurn((path) => `${path} ${++looks}`);
  expect([look("a"), look("a"), look("b"), look("a")]).toEqual(["a 1", "a 1", "b 2", "a 1"]);
  await Promise.resolve();
  expect(look("a")).toBe("a 3");
});

it("remembers no failure", () => {
  let looks = 0;
  const look = perTurn((path) => {
    if (++looks === 1) throw new Error(path);
    return looks;
  });
  expect(() => look("a")).toThrow("a");
  expect(look("a")).toBe(2);
});
