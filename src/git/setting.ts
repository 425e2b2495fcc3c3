/** One line of configuration. */
export type Setting = readonly [key: string, value: string];
