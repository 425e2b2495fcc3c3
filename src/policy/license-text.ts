import { parseLicense } from "../manifest/policy/license-expression.js";

/** Larger files are not read: a licence has 35 kB. */
export const MOST_LICENSE_BYTES = 256 * 1024;

/** The name of a file with the terms of a licence. */
export function isLicenseFile(name: string): boolean {
  return /^(?:licen[cs]e|copying|unlicense)(?:[.-][\w.-]*)?$/iu.test(name);
}

/** The licence that a text names: an expression of SPDX, or a usual name; null for none. */
export async function namedLicense(text: string): Promise<string | null> {
  const name = text.trim();
  if ((await parseLicense(name)) !== null) return name;
  return USUAL_NAMES.find(([pattern]) => pattern.test(name))?.[1] ?? null;
}

const USUAL_NAMES: readonly (readonly [RegExp, string])[] = [
  [/^(?:the )?mit(?: licen[cs]e)?$/iu, "MIT"],
  [/^(?:the )?apache(?: licen[cs]e)?,?[ -](?:version |v)?2(?:\.0)?$/iu, "Apache-2.0"],
  [/^isc(?: licen[cs]e)?$/iu, "ISC"],
  [/^bsd[ -]2[ -]clause(?: licen[cs]e)?$/iu, "BSD-2-Clause"],
  [/^bsd[ -]3[ -]clause(?: licen[cs]e)?$/iu, "BSD-3-Clause"],
];

/**
 * The licence of the text of a licence file: its SPDX-License-Identifier, else the licences whose
 * words it has, joined by AND; null if there are none.
 */
export async function licenseInText(text: string): Promise<string | null> {
  const [, identifier] = /SPDX-License-Identifier:[ \t]*([^\r\n*]{1,200})/u.exec(text) ?? [];
  if (identifier !== undefined) return await namedLicense(identifier);
  const found = TEXTS.flatMap(([pattern, nameOf]) => {
    const match = pattern.exec(text);
    return match === null ? [] : [typeof nameOf === "string" ? nameOf : nameOf(match, text)];
  });
  return found.length === 0 ? null : [...new Set(found)].join(" AND ");
}

type NameOf = (match: RegExpExecArray, text: string) => string;

/** Words that are in the texts of licences. That of a GNU licence does not say "or later". */
const TEXTS: readonly (readonly [RegExp, string | NameOf])[] = [
  [/^\W{0,9}(?:The )?MIT License\b|Permission is hereby granted, free of charge, to any person/mu, "MIT"],
  [/Apache License,?\s+Version 2\.0/u, "Apache-2.0"],
  [
    /Redistribution and use in source and binary forms/u,
    (_, text) => (/Neither the names? of/u.test(text) ? "BSD-3-Clause" : "BSD-2-Clause"),
  ],
  [/Permission to use, copy, modify, and(?:\/or)? distribute this software/u, "ISC"],
  [
    /GNU (AFFERO |LESSER )?GENERAL PUBLIC LICENSE\s+Version (\d)(\.\d)?/u,
    ([, kind = "", major = "", minor = ".0"]) => `${kind.charAt(0)}GPL-${major}${minor}-only`,
  ],
  [/Mozilla Public License,? [Vv]ersion 2\.0/u, "MPL-2.0"],
  [/This is free and unencumbered software released into the public domain/u, "Unlicense"],
  [/CC0 1\.0 Universal/u, "CC0-1.0"],
  [
    /\bAttribution((?:-(?:NonCommercial|ShareAlike|NoDerivatives))*) 4\.0 International/u,
    ([, limits = ""]) => `CC-BY${limits.replace(/-(N|S)[a-z]+([A-Z])[a-z]+/gu, "-$1$2")}-4.0`,
  ],
];
