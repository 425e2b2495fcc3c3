// Takes the place of packages in what is shipped. `debug`: `DEBUG=*` must not print a proxy's
// password, and a program that embeds this one must not find its output there.
// `proxy-agent-negotiate`: a sign-in that is never used, and loads a package that may be any.
const silent = Object.assign(() => {}, { enabled: false, extend: () => silent });
export default Object.assign(() => silent, { formatters: {} });
export const createNegotiateAuth = undefined;
