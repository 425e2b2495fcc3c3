/** The YAML parser, in a module of its own so that it is loaded only when front matter is read. */
export { isCollection, isMap, isScalar, parseDocument } from "yaml";
