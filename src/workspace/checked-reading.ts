import { EdenError, type Problem } from "../errors.js";
import type { Manifest, ManifestReading } from "../manifest/document/manifest.js";

/**
 * A valid manifest with its warnings.
 * @throws EdenError the code of the first problem, with all problems in `facts.problems`.
 */
export function checkedReading(
  { manifest, problems }: ManifestReading,
  path: string,
): { manifest: Manifest; warnings: Problem[] } {
  const errors = problems.filter(({ severity }) => severity === "error");
  const [first] = errors;
  if (manifest === null || first !== undefined) {
    throw new EdenError(first?.code ?? "INTERNAL", first?.message ?? "the manifest could not be read", {
      path,
      problems: errors,
    });
  }
  return { manifest, warnings: problems.filter(({ severity }) => severity === "warning") };
}
