import type { AuditReport } from "./upkeep/audit.js";
import type { PolicyReport } from "./upkeep/check-policy.js";
import type { DoctorReport } from "./doctor/doctor.js";
import type { RegistryUpdateReport } from "./registry/registry-update.js";
import type { HistoryReport } from "./history/history.js";
import type { SearchReport } from "./registry/search.js";
import type { EditReport, Words } from "./edit/edit-skill.js";
import { initManifest, type InitResult } from "./edit/init-manifest.js";
import type { CompactReport } from "./import/compact-config.js";
import type { ExportReport } from "./import/export-config.js";
import type { LockExportReport } from "./import/export-skills-lock.js";
import type { ConfigImportReport } from "./import/import-config.js";
import type { AgentsFilter, AgentsReport } from "./inspect/list-agents.js";
import type { SkillList } from "./inspect/list-skills.js";
import type { InventoryRequest, MachineInventory } from "./inspect/machine-inventory.js";
import type { WhyReport } from "./inspect/why.js";
import type { Signers } from "./system/verify-signature.js";
import type { SignReport, VerifyReport } from "./upkeep/sign-lockfile.js";
import type { RunOptions } from "./run/options.js";
import type { InstalledDriver } from "./upkeep/install-merge-driver.js";
import { mergeFiles, type MergedFiles, type MergeReport } from "./upkeep/merge-files.js";

/** The commands that look, and those that read and write manifest and lockfile; they install nothing. */
export class ManifestCommands {
  readonly #options: RunOptions;

  constructor(options: RunOptions) {
    this.#options = options;
  }

  /** Writes a new manifest. @throws EdenError `MANIFEST_EXISTS`, unless `force` is set. */
  init(scope: "global" | "project" = "project"): InitResult {
    return initManifest(this.#options, scope);
  }

  /** The skills of the manifest, as they are on this machine. It uses no network. */
  async list(): Promise<SkillList> {
    const { listSkills } = await import("./inspect/list-skills.js");
    return await listSkills(this.#options);
  }

  /** The skills of many projects and homes; no manifest is necessary. Failures are in the document. */
  async inventory(asked: InventoryRequest): Promise<MachineInventory> {
    const { machineInventory } = await import("./inspect/machine-inventory.js");
    return await machineInventory(this.#options, asked);
  }

  /**
   * Why a skill, or what is at a path, is on this machine. It changes nothing.
   * @param subject an id in the manifest, else a path.
   * @throws EdenError `UNKNOWN_SKILL`, `STATE_UNREADABLE`.
   */
  async why(subject: string): Promise<WhyReport> {
    const { why } = await import("./inspect/why.js");
    return await why(this.#options, subject);
  }

  /** The known agents and those of the manifest, if there is one. @throws EdenError `UNKNOWN_AGENT`. */
  async agents(filter: AgentsFilter = {}): Promise<AgentsReport> {
    const { listAgents } = await import("./inspect/list-agents.js");
    return await listAgents(this.#options, filter);
  }

  /**
   * What the policy says about each skill, rule by rule. It uses no network and changes nothing.
   * @throws EdenError `UNKNOWN_SKILL`, `WAIVER_EXPIRED`.
   */
  async checkPolicy(): Promise<PolicyReport> {
    const { checkPolicy } = await import("./upkeep/check-policy.js");
    return await checkPolicy(this.#options);
  }

  /** Findings about the content of the skills. It changes nothing. */
  async audit(): Promise<AuditReport> {
    const { audit } = await import("./upkeep/audit.js");
    return await audit(this.#options);
  }

  /** Problems of this machine, and what agents see. It changes nothing. */
  async doctor({ warnings = true }: { warnings?: boolean } = {}): Promise<DoctorReport> {
    const { doctor } = await import("./doctor/doctor.js");
    return await doctor(this.#options, warnings);
  }

  /**
   * Updates the indexes of registries; of all by default.
   * @throws EdenError `MISSING_REGISTRIES`, `UNKNOWN_REGISTRY`.
   */
  async updateRegistries(names: readonly string[] = []): Promise<RegistryUpdateReport> {
    const { registryUpdate } = await import("./registry/registry-update.js");
    return await registryUpdate(this.#options, names);
  }

  /** The earlier states of the manifest. */
  async history(): Promise<HistoryReport> {
    const { history } = await import("./history/history.js");
    return await history(this.#options);
  }

  /** Searches the registries of the manifest. @throws EdenError `MISSING_REGISTRIES`. */
  async search(word: string): Promise<SearchReport> {
    const { search } = await import("./registry/search.js");
    return await search(this.#options, word);
  }

  /**
   * Adds a skill to the manifest; installs nothing.
   * @param targets default: the installed agents.
   */
  async add(skill: Words & { id: string; repo: string }, targets: readonly string[] = []): Promise<EditReport> {
    const { addSkill } = await import("./edit/edit-skill.js");
    return await addSkill(this.#options, skill, targets);
  }

  /**
   * Changes a skill of the manifest; installs nothing.
   * @param targets replace its targets, unless empty.
   */
  async set(id: string, changes: Words, targets: readonly string[] = []): Promise<EditReport> {
    const { setSkill } = await import("./edit/edit-skill.js");
    return await setSkill(this.#options, { id, changes, targets });
  }

  /** The manifest in its normal form. @param output absolute path of a file to write, or null. */
  async exportConfig(output: string | null = null): Promise<ExportReport> {
    const { exportConfig } = await import("./import/export-config.js");
    return await exportConfig(this.#options, output);
  }

  /** Rewrites the manifest in its short form; installs nothing. The lockfile stays as it is. */
  async compactConfig({ dryRun = false } = {}): Promise<CompactReport> {
    const { compactConfig } = await import("./import/compact-config.js");
    return await compactConfig(this.#options, { dryRun });
  }

  /** Imports another manifest; installs nothing. @param from absolute path. */
  async importConfig(from: string, { replace = false, dryRun = false } = {}): Promise<ConfigImportReport> {
    const { importConfig } = await import("./import/import-config.js");
    return await importConfig(this.#options, from, { replace, dryRun });
  }

  /**
   * Merges two lockfiles, or two manifests if the name ends with `.toml`.
   * @throws EdenError `LOCK_UNREADABLE`, `INVALID_TOML`; nothing is written then.
   */
  async mergeFiles(files: MergedFiles, name = "the lockfile"): Promise<MergeReport> {
    return await mergeFiles(files, name);
  }

  /**
   * The lockfile as a `skills-lock.json`. @param output absolute path of a file to write, or null.
   * @throws EdenError `LOCK_OUT_OF_DATE`, `LOCK_UNREADABLE`; `MANIFEST_EXISTS`, unless `force` is set.
   */
  async exportSkillsLock(output: string | null = null): Promise<LockExportReport> {
    const { exportSkillsLock } = await import("./import/export-skills-lock.js");
    return await exportSkillsLock(this.#options, output);
  }

  /** Signs the lockfile with an ssh key. @throws EdenError `SIGNING_FAILED`. */
  async signLockfile(key: string): Promise<SignReport> {
    const { signLockfile } = await import("./upkeep/sign-lockfile.js");
    return await signLockfile(this.#options, key);
  }

  /** Verifies the signature of the lockfile. @throws EdenError `SIGNATURE_INVALID`. */
  async verifyLockfile(signers: Signers): Promise<VerifyReport> {
    const { verifyLockfile } = await import("./upkeep/sign-lockfile.js");
    return await verifyLockfile(this.#options, signers);
  }

  /**
   * Configures git to merge manifests and lockfiles with this program.
   * @throws EdenError `USAGE` outside of a repository.
   */
  async installMergeDriver(): Promise<InstalledDriver> {
    const { installMergeDriver } = await import("./upkeep/install-merge-driver.js");
    return await installMergeDriver(this.#options);
  }
}
