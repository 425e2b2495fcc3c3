import { join } from "node:path";
import type { Info } from "spdx-expression-parse";
import { parseLicense, UNKNOWN_LICENSE } from "../manifest/policy/license-expression.js";
import type { PolicyLayer } from "../manifest/policy/policy.js";
import { readFrontMatter } from "../skill/front-matter.js";
import { pickSkillFile } from "../skill/skill-file.js";
import { listEntries, readRegularFile } from "../system/read-files.js";
import { isLicenseFile, licenseInText, namedLicense } from "./license-text.js";
import type { RuleVerdict } from "./verdict.js";

/** A licence file of a repository and the licence in it. */
interface RootLicense {
  file: string;
  /** Null if it is not known. */
  name: string | null;
}

/** The licence of a skill with the place that names it; null if nothing does. */
export type SkillLicense = { name: string | null; place: string; parsed: Info | null } | null;

/**
 * The licence that is named closest to a skill: by its front matter, by its licence file, by that
 * of its repository. A closer one that cannot be read is not known; it does not become that of the
 * repository.
 */
export async function licenseOfSkill(
  files: readonly { path: string; content: Buffer }[],
  ofRoot: () => RootLicense | null | Promise<RootLicense | null>,
): Promise<SkillLicense> {
  const of = async (name: string | null, place: string): Promise<SkillLicense> => ({
    name,
    place,
    parsed: name === null ? null : await parseLicense(name),
  });
  const skillFile = pickSkillFile(files.map(({ path }) => path)) ?? "";
  const head = await readFrontMatter(files.find(({ path }) => path === skillFile)?.content ?? Buffer.alloc(0));
  const written = "problem" in head ? null : head.frontMatter.license;
  const name = written === null ? null : await namedLicense(written);
  if (name !== null) return await of(name, skillFile);
  const file = files.find(({ path }) => isLicenseFile(path));
  if (file !== undefined) return await of(await licenseInText(file.content.toString("utf8")), file.path);
  if (written !== null) return await of(null, skillFile);
  const root = await ofRoot();
  return root === null ? null : await of(root.name, `${root.file} of the repository`);
}

/** The licence file of a directory of the user. */
export async function licenseOfDirectory(directory: string): Promise<RootLicense | null> {
  const found = listEntries(directory).find(({ name, kind }) => kind === "file" && isLicenseFile(name));
  if (found === undefined) return null;
  const { content } = readRegularFile(join(directory, found.name));
  return { file: found.name, name: await licenseInText(content.toString("utf8")) };
}

/** What one file of the policy says about the licence of a skill. */
export function licenseVerdict({ rules: { licenses } }: PolicyLayer, found: SkillLicense | "undecided"): RuleVerdict[] {
  if (licenses === undefined) return [];
  const about = { rule: "licenses", at: ["licenses"] } as const;
  if (found === "undecided") return [{ ...about, outcome: "undecided", message: "its files are not here yet" }];
  const { allow, deny = [] } = licenses;
  const { name = null, place = null, parsed = null } = found ?? {};
  const what = name === null ? "its licence is not known" : `its licence is ${name}`;
  const text = place === null ? what : `${what} (${place})`;
  const isFine = (isIn: (entry: string) => boolean) =>
    parsed === null ? isIn(UNKNOWN_LICENSE) : isSatisfied(parsed, isIn);
  const isKept = (entry: string) => !deny.includes(entry);
  if (!isFine(isKept))
    return [{ ...about, at: ["licenses", "deny"], outcome: "denied", message: `${text}, which \`deny\` has` }];
  if (allow === undefined || isFine((entry) => isKept(entry) && allow.includes(entry)))
    return [{ ...about, outcome: "allowed", message: text }];
  const message = `${text}, which \`allow\` does not have`;
  return [{ ...about, at: ["licenses", "allow"], outcome: "denied", message }];
}

/** Of `OR` one side is enough: the user of the skill chooses. */
function isSatisfied(license: Info, isIn: (entry: string) => boolean): boolean {
  if ("conjunction" in license) {
    const [left, right] = [isSatisfied(license.left, isIn), isSatisfied(license.right, isIn)];
    return license.conjunction === "or" ? left || right : left && right;
  }
  const { license: id, plus, exception } = license;
  return isIn(`${id}${plus === true ? "+" : ""}${exception === undefined ? "" : ` WITH ${exception}`}`);
}
