// undici states no types for its WebAssembly build of llhttp: the bytes of a module.
declare module "undici/lib/llhttp/llhttp_simd-wasm.js" {
  const wasm: Uint8Array<ArrayBuffer>;
  export default wasm;
}

// Of the WebAssembly JavaScript Interface, what is used here.
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
};
