declare module "*.wasm" {
  /** The address at which the build put the file. */
  const url: string;
  export default url;
}
