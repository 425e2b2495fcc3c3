import { describe, expect, it } from "vitest";
import { findManifest, lockfilePathFor } from "../../../src/manifest/document/find-manifest.js";

const search = { env: {}, cwd: "/home/ann/project/src/deep", home: "/home/ann" };
const among =
  (...paths: string[]) =>
  (path: string) =>
    paths.includes(path);
const user = "/home/ann/.eden-skills/skills.toml";
const project = "/home/ann/project/skills.toml";

describe("findManifest", () => {
  it("takes the flag before everything, whether or not the file exists [R-MANIFEST-02]", () => {
    const env = { EDEN_SKILLS_CONFIG: "/env.toml" };
    expect(findManifest({ ...search, env, config: "../x.toml" }, among(project))).toEqual({
      path: "/home/ann/project/src/x.toml",
      origin: "flag",
    });
    expect(findManifest({ ...search, env, config: "~/x.toml" }, among())).toEqual({
      path: "/home/ann/x.toml",
      origin: "flag",
    });
  });

  it("takes the environment variable next, unless it is empty", () => {
    const exists = among(project);
    expect(findManifest({ ...search, env: { EDEN_SKILLS_CONFIG: "/env.toml" } }, exists)).toEqual({
      path: "/env.toml",
      origin: "environment",
    });
    expect(findManifest({ ...search, env: { EDEN_SKILLS_CONFIG: "" } }, exists)).toEqual({
      path: project,
      origin: "project",
    });
  });

  it("takes the nearest skills.toml above the working directory", () => {
    const nearer = "/home/ann/project/src/skills.toml";
    expect(findManifest(search, among(project, nearer, user))).toEqual({ path: nearer, origin: "project" });
  });

  it("looks in the directory that holds .git, and not above it [R-MANIFEST-02]", () => {
    expect(findManifest(search, among(project, "/home/ann/project/.git"))?.path).toBe(project);
    expect(findManifest(search, among(project, "/home/ann/project/src/.git", user))).toEqual({
      path: user,
      origin: "user",
    });
  });

  it("finds nothing where there is nothing", () => {
    expect(findManifest(search, among())).toBeNull();
  });
});

describe("lockfilePathFor", () => {
  it("puts .lock for .toml", () => {
    expect(lockfilePathFor("/a/skills.toml")).toBe("/a/skills.lock");
    expect(lockfilePathFor("/a/team.toml")).toBe("/a/team.lock");
    expect(lockfilePathFor("/a/manifest")).toBe("/a/manifest.lock");
  });
});
