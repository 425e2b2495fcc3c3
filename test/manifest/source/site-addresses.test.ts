import { describe, expect, it } from "vitest";
import { siteAddresses } from "../../../src/manifest/source/site-addresses.js";

const indexes = (typed: string) => {
  const found = siteAddresses(typed);
  return "problem" in found ? found.problem : found.indexes.map(({ url }) => url.replace("https://host", ""));
};

describe("where a site has its index [R-SOURCE-09]", () => {
  it("is below the path first, then at the root; in each the newer name first", () => {
    expect(indexes("https://host/docs/guide/")).toEqual([
      "/docs/guide/.well-known/agent-skills/index.json",
      "/docs/guide/.well-known/skills/index.json",
      "/.well-known/agent-skills/index.json",
      "/.well-known/skills/index.json",
    ]);
    expect(indexes("https://HOST")).toEqual(["/.well-known/agent-skills/index.json", "/.well-known/skills/index.json"]);
  });

  it.each([
    ["https://host/a/.well-known/skills/index.json", ["/a/.well-known/skills/index.json"]],
    ["https://host/.well-known/skills/", ["/.well-known/skills/index.json"]],
    ["https://host/.well-known/own.json", ["/.well-known/own.json"]],
    ["https://host/.well-known/other/place", ["/.well-known/other/place/index.json"]],
    ["https://host/.well-known", ["/.well-known/agent-skills/index.json", "/.well-known/skills/index.json"]],
  ])("%s is taken as it is", (typed, expected) => {
    expect(indexes(typed)).toEqual(expected);
  });

  it.each(["https://host/.well-known/agent-skills/pdf", "https://host/.well-known/agent-skills/pdf/SKILL.md"])(
    "%s names one skill of the index beside it",
    (typed) => {
      const url = "https://host/.well-known/agent-skills/index.json";
      expect(siteAddresses(typed)).toEqual({ indexes: [{ url, base: "https://host" }], skill: "pdf" });
    },
  );

  it.each([
    "http://host/.well-known/skills",
    "https://me:secret@host/x",
    "https://host/a?b=c",
    "https://host/a/../b",
    "ftp://host/x",
    "https://-x/y",
  ])("%s is refused [R-SOURCE-11]", (typed) => {
    expect(siteAddresses(typed)).toEqual({ problem: expect.not.stringContaining("secret") });
  });
});
