// Takes the place of `escalade` in what is shipped: yargs searches the directories above for a
// package.json with a version, which we pass ourselves, in each of the parts of the help.
export default () => undefined;
