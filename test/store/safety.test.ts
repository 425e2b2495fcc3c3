import { describe, expect, it } from "vitest";
import type { SkillFile } from "../../src/skill/skill-tree.js";
import { isLicenseFile, licenseOf, risksOfFile } from "../../src/store/safety.js";

const file = (path: string, mode: SkillFile["mode"] = "100644"): SkillFile => ({ path, mode, oid: "" });

describe("risksOfFile", () => {
  it.each([
    ["plain.md", "100644", "text", []],
    ["run", "100755", "text", ["executables"]],
    ["run", "100644", "#!/bin/sh", ["scripts"]],
    ["run", "100644", " #!/bin/sh", []],
    ["run", "100644", "#", []],
    ["a/b.sh", "100755", "x", ["executables", "scripts"]],
    ["tool.PY", "100644", "x", ["scripts"]],
    ["tool.python", "100644", "x", []],
    ["py", "100644", "x", []],
    ["x.d.ts", "100644", "x", ["scripts"]],
    ["data", "100644", "a\0b", ["binaries"]],
    ["data.exe", "100755", "MZ\0", ["binaries", "executables"]],
    ["late", "100644", `${"x".repeat(7_999)}\0`, ["binaries"]],
    ["later", "100644", `${"x".repeat(8_000)}\0`, []],
    ["empty", "100644", "", []],
    ["link.sh", "120000", "#!/x\0", []],
  ] as const)("[R-STORE-04] of %s (%s) with %j are %j", (path, mode, content, risks) => {
    expect(risksOfFile(file(path, mode), Buffer.from(content))).toEqual(risks);
  });
});

describe("isLicenseFile", () => {
  it.each([
    "LICENSE",
    "license",
    "Licence.md",
    "LICENSE-MIT",
    "LICENSE.txt",
    "COPYING",
    "copying.lesser",
    "UNLICENSE",
    "LICENSE-APACHE.txt",
  ])("[R-STORE-02] takes %s for one", (path) => {
    expect(isLicenseFile(path)).toBe(true);
  });
  it.each(["LICENSES/MIT", "docs/LICENSE", "LICENSEE", "my-license", "LICENSE_", "README.md", ""])(
    "[R-STORE-02] does not take %j for one",
    (path) => {
      expect(isLicenseFile(path)).toBe(false);
    },
  );
});

describe("licenseOf", () => {
  it.each([
    [null, "unknown", null],
    ["", "unknown", null],
    [" \n", "unknown", null],
    ["Do what you like.", "unknown", null],
    ["MIT", "permissive", "MIT"],
    ["Permission is hereby granted, free of charge, to any person", "permissive", "MIT"],
    ["Copyright X. All rights reserved.\nPermission is hereby granted, free of charge", "permissive", "MIT"],
    ["Copyright X, all rights reserved.", "non_permissive", "proprietary"],
    ["Copyright X. All rights reserved.\nRedistribution and use in source and binary forms", "permissive", "BSD"],
    ["Apache-2.0", "permissive", "Apache-2.0"],
    ["Apache License\nVersion 2.0", "permissive", "Apache-2.0"],
    ["GPL-3.0-only", "non_permissive", "GPL"],
    ["LGPL-2.1", "non_permissive", "LGPL"],
    ["AGPL-3.0", "non_permissive", "AGPL"],
    ["GNU AFFERO GENERAL PUBLIC LICENSE", "non_permissive", "AGPL"],
    ["MPL-2.0", "non_permissive", "MPL"],
    ["CC-BY-NC-4.0", "non_permissive", "CC restricted"],
    ["CC BY-SA 4.0", "non_permissive", "CC restricted"],
    ["CC-BY-4.0", "permissive", "CC-BY-4.0"],
    ["CC0-1.0", "permissive", "CC0-1.0"],
    ["ISC", "permissive", "ISC"],
    ["0BSD", "permissive", "0BSD"],
    ["BSD-3-Clause", "permissive", "BSD"],
    ["Proprietary. LICENSE.txt has complete terms", "non_permissive", "proprietary"],
    ["This is free and unencumbered software released into the public domain.", "permissive", "Unlicense"],
    ["a permit to commit", "unknown", null],
  ])("[R-STORE-02] of %j is %s %s", (text, status, name) => {
    expect(licenseOf(text)).toEqual({ status, name });
  });
});
