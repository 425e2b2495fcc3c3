import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { EdenError } from "../../src/errors.js";
import { classifyFailure } from "../../src/git/failure.js";
import { sourceOf } from "./git-world.js";

const FIXTURES = new URL("../../fixtures/git-stderr/", import.meta.url);
const REMOTE = sourceOf("https://git.example/acme/skills.git");

const captures = readdirSync(FIXTURES)
  .filter((name) => name.endsWith(".txt"))
  .map((name) => {
    const [, code = "", stderr = ""] = /^# code: ([A-Z_]+)\n([^]*)$/u.exec(read(name)) ?? [];
    return { name: name.replace(".txt", ""), code, stderr };
  });

function read(name: string): string {
  return readFileSync(new URL(name, FIXTURES), "utf8");
}

function classify(stderr: string, exitCode: number | null = 128, signal: string | null = null): EdenError {
  return classifyFailure({ stderr, exitCode, signal }, REMOTE);
}

const capture = (name: string) => classify(captures.find((one) => one.name === name)?.stderr ?? `no capture ${name}`);

describe("classifyFailure", () => {
  it("[R-GIT-02] is tried on what git really wrote, for every kind of failure", () => {
    expect(captures.length).toBeGreaterThanOrEqual(45);
    expect(captures.filter(({ code, stderr }) => code === "" || stderr.trim() === "")).toEqual([]);
    expect(new Set(captures.map(({ code }) => code))).toEqual(
      new Set([
        "FETCH_AUTH",
        "FETCH_NOT_FOUND",
        "REF_NOT_FOUND",
        "FETCH_NETWORK",
        "FETCH_THROTTLED",
        "FETCH_CORRUPT",
        "DESCRIPTORS_EXHAUSTED",
        "DISK_FULL",
        "PERMISSION_DENIED",
        "SKILL_UNSAFE",
        "POLICY_DENIED",
        "INTERNAL",
      ]),
    );
  });

  it.each(captures)("[R-GIT-02] takes $name for $code", ({ code, stderr }) => {
    const failure = classify(stderr);
    expect([failure.code, failure.facts.stage]).toEqual([code, "fetch"]);
  });

  it.each(captures)("[R-GIT-02] says of $name no more than one printable line", ({ stderr }) => {
    const { message } = classify(stderr);
    expect(message).toMatch(/^[\P{C}]{5,600}$/u);
  });

  it.each([
    ["http-401", "https://git.example/acme/skills.git: sign-in needed, or it does not exist: check the spelling"],
    ["http-403", "https://git.example/acme/skills.git answered 403: forbidden"],
    ["http-503", "https://git.example/acme/skills.git answered 503: service unavailable"],
    ["connection-reset", "https://git.example/acme/skills.git: connection reset by the other side"],
    [
      "unknown-host",
      "https://git.example/acme/skills.git: unknown host name nonexistent.invalid: it could not be resolved",
    ],
    [
      "unknown-host-ssh",
      "https://git.example/acme/skills.git: unknown host name nonexistent.invalid: it could not be resolved",
    ],
    ["ssh-connection-refused", "https://git.example/acme/skills.git: connection refused by 127.0.0.1 port 1"],
    ["http-404", "https://git.example/acme/skills.git is absent or private"],
    ["http-429", "https://git.example/acme/skills.git answered 429: too many requests"],
    ["ssh-host-key-unknown", "the host key of https://git.example/acme/skills.git is unknown"],
    ["ssh-host-key-changed", "the host key of https://git.example/acme/skills.git has changed"],
    [
      "ssh-permission-denied",
      "https://git.example/acme/skills.git: ssh was refused (publickey): the server accepts no key of yours",
    ],
    ["missing-ref", "https://git.example/acme/skills.git has no ref refs/heads/nope"],
    ["not-our-ref", "https://git.example/acme/skills.git no longer has the commit 111111111111"],
    ["redirect-in-fetch", "https://git.example/acme/skills.git answered 302: a redirect that is not followed"],
    ["disk-full", "No space left on device"],
    ["read-only-file-system", "the storage is on a read-only file system"],
    ["too-many-open-files", "the system refused git a file or a process: Too many open files"],
    ["dubious-ownership", "https://git.example/acme/skills.git belongs to another user"],
    ["transport-not-allowed", "transport ext is not allowed"],
  ])("[R-GIT-02] says of %s: %s", (name, message) => {
    expect(capture(name).message).toBe(message);
  });

  it.each([
    ["http-401", "credential helper"],
    ["http-404", "spelling"],
    ["ssh-host-key-unknown", "Connect to the host once"],
    ["ssh-host-key-changed", "ssh-keygen -R"],
    ["not-our-ref", "lockfile"],
    ["too-many-open-files", "ulimit -n"],
    ["connection-refused", "network"],
  ])("[R-GIT-02] advises after %s: … %s …", (name, words) => {
    expect(capture(name).facts.hint).toContain(words);
  });

  it.each([
    "fatal: remote error: busy\nfatal: write error: No space left on device",
    "fatal: remote error: busy\nerror: Read-only file system\nfatal: transport 'x' not allowed",
    "remote: error: No space left on device\nfatal: remote error: busy",
  ])("[R-GIT-17] lets a server decide nothing but which FETCH code it is: %j", (stderr) => {
    expect(classify(stderr)).toMatchObject({
      code: "FETCH_NETWORK",
      message: expect.stringMatching(/^https:\/\/git\.example\/acme\/skills\.git says: busy/u),
    });
  });

  it("[R-GIT-02] names which object git refuses and why", () => {
    expect(capture("hostile-tree").message).toMatch(
      /^git refuses an object of it: object [0-9a-f]{40}: hasDotgit: contains '\.git'$/u,
    );
  });

  it("[R-GIT-02] shows the last three lines of what it does not know, made harmless, and the exit code", () => {
    const failure = classify("one\ntwo\n\u001b]0;three\u0007\nfour https://u:s3cr3t@h/x\nfive\n", 3);
    expect([failure.code, failure.message]).toEqual([
      "INTERNAL",
      "git ended with 3: \\x1b]0;three\\x07 | four https://***@h/x | five",
    ]);
  });

  it("[R-GIT-02] names the signal that ended git, also when git said nothing", () => {
    expect(classify("", null, "SIGKILL").message).toBe("git was ended by SIGKILL");
    expect(classify("  \n\n", 1).message).toBe("git ended with 1");
  });

  it("[R-GIT-02] does not take progress for a diagnosis", () => {
    const progress =
      "remote: Counting objects: 100% (2/2)\rReceiving objects:  50% (1/2)\rReceiving objects: 100% (2/2), done.\n";
    expect(classify(`${progress}fatal: what is this\n`).message).toBe("git ended with 128: fatal: what is this");
  });

  it("[R-GIT-02] speaks of the mirror, in the stage that reads it, when no remote was asked", () => {
    const failure = classifyFailure({ stderr: "fatal: not a tree object\n", exitCode: 128, signal: null }, undefined);
    expect([failure.code, failure.facts.stage]).toEqual(["FETCH_CORRUPT", "materialise"]);
  });

  it.each([
    ["FETCH_AUTH", "fatal: could not read Password for 'https://u@h': terminal prompts disabled"],
    ["FETCH_AUTH", "remote: Invalid username or token. Password authentication is not supported for Git operations."],
    ["FETCH_NOT_FOUND", "remote: Repository not found.\nfatal: repository 'https://h/o/r/' not found"],
    ["FETCH_NOT_FOUND", "ERROR: Repository not found.\nfatal: Could not read from remote repository."],
    [
      "FETCH_THROTTLED",
      "kex_exchange_identification: Connection closed by remote host\nConnection closed by 10.0.0.1 port 22",
    ],
    ["DISK_FULL", "fatal: write error: Disk quota exceeded"],
    [
      "FILE_FAILED",
      "error: couldn't set 'refs/incoming/HEAD'\n ! [new ref] -> refs/incoming/HEAD (unable to update local ref)",
    ],
    ["DESCRIPTORS_EXHAUSTED", "error: cannot fork() for remote-https: Resource temporarily unavailable"],
    ["DESCRIPTORS_EXHAUSTED", "fatal: unable to create thread: Resource temporarily unavailable"],
    ["DESCRIPTORS_EXHAUSTED", "fatal: mmap failed: Cannot allocate memory"],
    ["REF_NOT_FOUND", "error: Server does not allow request for unadvertised object 1234"],
    ["FETCH_NETWORK", "fatal: unable to access 'https://h/': GnuTLS recv error (-110): gnutls_handshake() failed"],
    ["FETCH_NETWORK", "error: RPC failed; curl 92 HTTP/2 stream 5 was not closed cleanly: CANCEL (err 8)"],
    ["FETCH_NETWORK", "ssh: connect to host h port 22: Network is unreachable"],
    ["FETCH_NETWORK", "fatal: unable to access 'https://h/': The requested URL returned error: 504"],
    ["FETCH_CORRUPT", "error: inflate: data stream error (incorrect header check)\nfatal: index-pack failed"],
  ])("[R-GIT-02] takes for %s what other versions and hosts are known to say: %s", (code, stderr) => {
    expect(classify(stderr).code).toBe(code);
  });

  it.each([
    ["EMFILE", "DESCRIPTORS_EXHAUSTED"],
    ["ENFILE", "DESCRIPTORS_EXHAUSTED"],
    ["EAGAIN", "DESCRIPTORS_EXHAUSTED"],
    ["ENOMEM", "DESCRIPTORS_EXHAUSTED"],
    ["ENOENT", "GIT_MISSING"],
    ["EACCES", "GIT_MISSING"],
  ])("[R-SYSTEM-04] a git that could not be started for %s is %s", (code, expected) => {
    const cause = Object.assign(new Error(`spawn git ${code}`), { code });
    const failure = classifyFailure(new EdenError("SPAWN_FAILED", "could not start git", {}, cause), REMOTE);
    expect([failure.code, failure.message]).toEqual([expected, `git could not be started: ${code}`]);
  });

  it("[R-GIT-02] a stalled git is FETCH_STALLED and names the remote", () => {
    const stalled = new EdenError("PROCESS_STALLED", "no progress for 60 s");
    const failure = classifyFailure(stalled, REMOTE);
    expect(failure).toMatchObject({
      code: "FETCH_STALLED",
      message: `${REMOTE.repo}: no progress for 60 s`,
      cause: stalled,
    });
  });

  it("[R-GIT-02] more output than is taken is FETCH_CORRUPT of a remote, and SKILL_UNSAFE of what the mirror lists", () => {
    const much = new EdenError("PROCESS_OUTPUT", "more than 9 bytes of output");
    expect(classifyFailure(much, REMOTE)).toMatchObject({
      code: "FETCH_CORRUPT",
      message: `${REMOTE.repo} sent more than 9 bytes of output`,
    });
    expect(classifyFailure(much, undefined)).toMatchObject({
      code: "SKILL_UNSAFE",
      message: "the repository is too large to be listed: more than 9 bytes of output",
      facts: { stage: "materialise" },
    });
  });

  it.each([
    ["https://h/acme/hash-mismatch.git", "FETCH_NETWORK", "fatal: unable to access 'URL/': Failed to connect to h"],
    ["https://h/SSL_x/inflate:", "FETCH_AUTH", "fatal: Authentication failed for 'URL'"],
    ["https://h/SSL_x/early EOF", "INTERNAL", "fatal: 'URL' is odd"],
    ["/srv/No space left on device", "FETCH_NOT_FOUND", "fatal: 'URL' does not appear to be a git repository"],
    ["git@h:acme/SSL_x", "INTERNAL", "fatal: something about URL that nobody knows"],
    [
      "git@h:acme/SSL_x",
      "INTERNAL",
      "From h:acme/SSL_x\n * [new branch] early-EOF -> refs/history/heads/SSL_\nfatal: x",
    ],
    ["https://h/pack-has-bad/x", "FETCH_NOT_FOUND", "fatal: URL/info/refs not valid: is this a git repository?"],
  ])("[R-GIT-02] lets the words of an address decide nothing: %s is %s", (url, code, text) => {
    const remote = { ...REMOTE, url, repo: url };
    const stderr = text.replaceAll("URL", url);
    expect(classifyFailure({ stderr, exitCode: 128, signal: null }, remote).code).toBe(code);
  });

  it.each([
    ["PERMISSION_DENIED", "fatal: Unable to create '/s/shallow.lock': Permission denied"],
    ["PERMISSION_DENIED", "error: could not lock config file /s/mirrors/x/config: Permission denied"],
    ["PERMISSION_DENIED", "fatal: cannot mkdir /s/mirrors/x: Permission denied"],
    ["PERMISSION_DENIED", "fatal: failed to stat '/s/x': Permission denied"],
    ["PERMISSION_DENIED", "fatal: unable to access '/s/mirrors/x/config': Permission denied"],
    ["PERMISSION_DENIED", "error: insufficient permission for adding an object to repository database objects"],
    ["FETCH_AUTH", "git@h: Permission denied (publickey,password).\nfatal: Could not read from remote repository."],
    ["FETCH_AUTH", 'Load key "/h/.ssh/id": Permission denied\ngit@h: Permission denied (publickey).'],
    ["FETCH_NETWORK", "fatal: unable to access 'https://h/': Failed to connect to h port 443: Permission denied"],
    ["INTERNAL", "remote: fatal: Unable to create '/srv/x.lock': Permission denied\nfatal: odd"],
  ])("[R-GIT-02] tells a denied file from a denied key: %s for %s", (code, stderr) => {
    expect(classify(stderr).code).toBe(code);
  });

  it.each(["'/", "/", ": ", "a://", " '", "bad config line 1 in file ", "x: Permission denied ", "From ", "packfile "])(
    "[R-GIT-02] judges 64 KiB of %j within a second",
    (unit) => {
      const since = performance.now();
      for (const start of ["", "'", "fatal: '", "remote: "]) classify(start + unit.repeat(65_536 / unit.length));
      expect(performance.now() - since).toBeLessThan(4_000);
    },
  );

  it("[R-GIT-02] names the file that was denied", () => {
    const { message } = classify("fatal: Unable to create '/s/shallow.lock': Permission denied\n");
    expect(message).toBe("Unable to create '/s/shallow.lock': Permission denied");
  });

  it("[R-GIT-02] does not mind that the user's own configuration cannot be read", () => {
    const warning = "warning: unable to access '/h/.config/git/config': Permission denied\n";
    expect(classify(`${warning}fatal: couldn't find remote ref refs/heads/x\n`).code).toBe("REF_NOT_FOUND");
    expect(classify(`${warning}fatal: odd\n`)).toMatchObject({
      code: "INTERNAL",
      message: "git ended with 128: fatal: odd",
    });
  });

  it.each([
    ["FETCH_CORRUPT", "fatal: not a git repository: '/s/mirrors/h_a_b-0'"],
    ["FETCH_CORRUPT", "fatal: bad config line 1 in file /s/mirrors/h_a_b-0/config"],
    ["FETCH_CORRUPT", "fatal: bad shallow line: x"],
    ["FETCH_CORRUPT", "fatal: bad object HEAD"],
    [
      "FETCH_CORRUPT",
      "error: cannot lock ref 'refs/eden/a': unable to resolve reference 'refs/eden/a': reference broken",
    ],
    ["FETCH_CORRUPT", "fatal: mismatched algorithms: client sha1; server sha256"],
    ["FETCH_CORRUPT", "error: packfile ./x.pack checksum mismatch"],
    ["INTERNAL", "fatal: some other mismatch"],
    ["GIT_MISSING", "fatal: bad config line 3 in file /h/.gitconfig"],
    ["GIT_MISSING", "fatal: bad config line 3 in file /h/.config/git/config"],
  ])("[R-GIT-10] tells damage that a new mirror mends from damage of the user's own: %s for %s", (code, stderr) => {
    expect(classify(stderr).code).toBe(code);
  });

  it("[R-GIT-02] passes on the diagnosis of somebody else", () => {
    const own = new EdenError("FETCH_TIMEOUT", "not done within 1 s");
    expect(classifyFailure(own, REMOTE)).toBe(own);
  });

  it("[R-GIT-05] never shows a password that stands in the address", () => {
    const remote = { ...REMOTE, repo: "https://user:s3cr3t@git.example/x" };
    for (const { stderr } of captures) {
      expect(classifyFailure({ stderr, exitCode: 128, signal: null }, remote).message).not.toContain("s3cr3t");
    }
  });
});
