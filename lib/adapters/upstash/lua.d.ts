/** Lua scripts are imported as their text. */
declare module '*.lua' {
  const script: string;
  export default script;
}
