// Takes the place of Node's `assert` in what is shipped: what packages use of it.
function assert(value, message) {
  if (!value) throw new Error(message ?? "assertion failed");
}
export const strictEqual = (actual, expected, message) => assert(actual === expected, message);
export const notStrictEqual = (actual, expected, message) => assert(actual !== expected, message);
export default Object.assign(assert, { strictEqual, notStrictEqual });
