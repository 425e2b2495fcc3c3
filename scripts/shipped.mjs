// What is inside dist/: the packages that the bundler put there, their licences, and a bill of materials.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Where the bundler's account of its inputs lies; it is not shipped. */
export const METAFILE = `${root}/dist/meta.json`;

/** @returns the packages with code in dist/, by name and version: `{ name, version, license, directory }`. */
export function shippedPackages() {
  const { outputs } = JSON.parse(readFileSync(METAFILE, "utf8"));
  const files = Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([file, { bytesInOutput }]) => (bytesInOutput > 0 ? [file] : [])),
  );
  const found = new Map();
  for (const file of files) {
    const directory = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/u.exec(file)?.[0];
    if (directory === undefined) continue;
    const { name, version, license } = JSON.parse(readFileSync(`${root}/${directory}/package.json`, "utf8"));
    found.set(`${name}@${version}`, { name, version, license, directory });
  }
  return [...found.values()].toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/** Writes dist/THIRD_PARTY_LICENSES. @throws Error for a package without a licence text. */
export function writeLicences() {
  const parts = shippedPackages().map(({ name, version, license, directory }) => {
    const text = licenceText(name, license, directory);
    if (text === null) throw new Error(`${name} ${version} has no licence text`);
    return `${name} ${version} (${license})\n\n${text}\n`;
  });
  const head = "The files in this directory contain code of these packages.\n";
  writeFileSync(`${root}/dist/THIRD_PARTY_LICENSES`, [head, ...parts].join(`\n${"-".repeat(80)}\n\n`));
}

/** Packages without a licence text, and one of the same repository and licence that has it. */
const SAME_REPOSITORY = { "@sigstore/verify": "node_modules/@sigstore/bundle" };

/** Licences whose terms a reference satisfies: packages of data alone bring no text of them. */
const BY_REFERENCE = ["CC0-1.0", "CC-BY-3.0"];

/** @returns the text of a package's licence, or its attribution; null if it has to have a text and has none. */
function licenceText(name, license, directory) {
  const file = licenceIn(directory) ?? licenceIn(SAME_REPOSITORY[name]);
  if (file !== null) return readFileSync(file, "utf8").replaceAll("\r\n", "\n").trim();
  if (!BY_REFERENCE.includes(license)) return null;
  const { author, description } = JSON.parse(readFileSync(`${root}/${directory}/package.json`, "utf8"));
  const by = typeof author === "object" ? author.name : author;
  return `${description}, by ${by}, unchanged. https://spdx.org/licenses/${license}.html`;
}

function licenceIn(directory) {
  if (directory === undefined) return null;
  const file = readdirSync(`${root}/${directory}`).find((one) => /^(?:licen[cs]e|copying)/iu.test(one));
  return file === undefined ? null : `${root}/${directory}/${file}`;
}

/** Writes dist/sbom.cdx.json, a CycloneDX document that is valid and the same for the same packages. */
export function writeBillOfMaterials() {
  const args = ["--output-reproducible", "--validate", "--output-file", "dist/sbom.cdx.json", METAFILE];
  const options = { cwd: root, stdio: ["ignore", "ignore", "pipe"] };
  execFileSync(`${root}/node_modules/.bin/cyclonedx-esbuild`, args, options);
}
