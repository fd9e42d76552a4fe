// The part of the standard WebAssembly interface that this project uses. The compiler's own declarations of it come
// only with those of a browser's window, which no code outside src/dashboard may see.
// biome-ignore lint/style/noNamespace: this is how the standard declares it
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array);
  }

  class Instance {
    readonly exports: Record<string, unknown>;
    constructor(module: Module, imports: Record<string, Record<string, unknown>>);
  }

  class Memory {
    readonly buffer: ArrayBuffer;
    /** In pages of 64 KiB. */
    constructor(descriptor: { readonly initial: number; readonly maximum?: number });
  }
}
