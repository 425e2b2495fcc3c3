/**
 * The options of every ssh that we start. They come before the owner's configuration: it never asks,
 * trusts only known hosts, ends when the host is silent for 30 s, and forwards nothing.
 */
export const SSH_OPTIONS: readonly string[] = [
  "-oBatchMode=yes",
  "-oStrictHostKeyChecking=yes",
  "-oConnectTimeout=15",
  "-oServerAliveInterval=15",
  "-oServerAliveCountMax=2",
  "-oClearAllForwardings=yes",
  "-oForwardAgent=no",
  "-oForwardX11=no",
  "-oPermitLocalCommand=no",
  "-oControlMaster=no",
];
