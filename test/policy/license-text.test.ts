import { describe, expect, it } from "vitest";
import { licenseInText, namedLicense } from "../../src/policy/license-text.js";

describe("texts of licences [R-POLICY-19]", () => {
  it.each([
    ["SPDX-License-Identifier: MIT OR Apache-2.0\n", "MIT OR Apache-2.0"],
    ["# SPDX-License-Identifier: nonsense\n", null],
    ["MIT License\n\nCopyright (c) 2026 A\n", "MIT"],
    ["Copyright\n\nPermission is hereby granted, free of charge, to any person", "MIT"],
    ["Apache License\n   Version 2.0, January 2004", "Apache-2.0"],
    ["Redistribution and use in source and binary forms ... Neither the name of A", "BSD-3-Clause"],
    ["Redistribution and use in source and binary forms, with or without", "BSD-2-Clause"],
    ["Permission to use, copy, modify, and/or distribute this software for any\npurpose", "ISC"],
    ["GNU AFFERO GENERAL PUBLIC LICENSE\n  Version 3, 19 November 2007", "AGPL-3.0-only"],
    ["GNU LESSER GENERAL PUBLIC LICENSE\n  Version 2.1, February 1999", "LGPL-2.1-only"],
    ["Mozilla Public License Version 2.0\n ... the GNU General Public License, Version 2.0", "MPL-2.0"],
    ["This is free and unencumbered software released into the public domain.", "Unlicense"],
    ["CC0 1.0 Universal", "CC0-1.0"],
    ["Attribution-NonCommercial-ShareAlike 4.0 International", "CC-BY-NC-SA-4.0"],
    ["MIT License ...\n\n\nApache License\nVersion 2.0", "MIT AND Apache-2.0"],
    ["© 2026 A. All rights reserved.", null],
    ["", null],
  ])("%j is %s", async (text, expected) => {
    expect(await licenseInText(text)).toBe(expected);
  });

  it("a name is an expression of SPDX, in any case, or a usual name", async () => {
    for (const [name, expected] of [
      ["MIT", "MIT"],
      ["mit", "MIT"],
      ["Apache 2.0", "Apache-2.0"],
      ["Apache License, Version 2.0", "Apache-2.0"],
      ["(MIT OR Apache-2.0)", "(MIT OR Apache-2.0)"],
      ["GPL-2.0-only WITH Classpath-exception-2.0", "GPL-2.0-only WITH Classpath-exception-2.0"],
      ["Proprietary", null],
      ["(".repeat(10_000), null],
    ] as const)
      expect(await namedLicense(name), name.slice(0, 40)).toBe(expected);
  });
});
