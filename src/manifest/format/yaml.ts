/** The YAML parser, in a module of its own so that it is loaded only when YAML is read. */
export { isCollection, isMap, isScalar, parseDocument } from "yaml";
