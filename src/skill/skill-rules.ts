import type { FrontMatter } from "./front-matter.js";

/**
 * Violations of the Agent Skills format in a front matter, as messages. Keys that the format does
 * not know are allowed. Lengths are in characters.
 *
 * @param directory the name of the skill's directory.
 */
export function frontMatterFaults(
  head: Pick<FrontMatter, "name" | "description" | "compatibility">,
  directory: string,
): string[] {
  const { name, description, compatibility } = head;
  const faults: string[] = [];
  if (name === null || name === "") faults.push("it has no name");
  else {
    if ([...name].length > 64) faults.push("its name is longer than 64 characters");
    if (!/^[a-z0-9]+(?:-[a-z0-9]+)*$/u.test(name))
      faults.push("its name is not made of a-z, 0-9 and single hyphens between them");
    if (name !== directory) faults.push(`its name is not the one of its directory, ${directory}`);
  }
  if (description === null || description.trim() === "") faults.push("it has no description");
  else if ([...description].length > 1024) faults.push("its description is longer than 1024 characters");
  if (compatibility !== null && ([...compatibility].length > 500 || compatibility.trim() === ""))
    faults.push("its compatibility is empty, or longer than 500 characters");
  return faults;
}
