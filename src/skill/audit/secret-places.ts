/**
 * Files that contain credentials, as they are written in commands and texts. The public part of a
 * key is none.
 */
export const SECRET_PLACE = [
  String.raw`\.ssh\/(?!config\b|known_hosts\b|authorized_keys\b|[\w.-]{1,80}\.pub\b)`,
  String.raw`\bid_(?:rsa|ed25519|ecdsa|dsa)\b(?!\.pub)`,
  String.raw`\.ssh\b(?![\w/-])`,
  String.raw`\.aws\/credentials\b|\.aws\b(?![\w/.-])`,
  String.raw`\.(?:netrc|pgpass|git-credentials|npmrc|pypirc)\b`,
  String.raw`\.(?:gnupg|password-store)\b`,
  String.raw`\.kube\/config\b|\.docker\/config\.json\b|\.config\/(?:gh\/hosts\.yml|gcloud)\b`,
  String.raw`\.claude\/\.credentials\.json\b|\.codex\/auth\.json\b`,
  String.raw`\/etc\/shadow\b`,
  String.raw`\b(?:Login\sData|Cookies\.binarycookies|logins\.json|wallet\.dat|login\.keychain)\b`,
].join("|");
