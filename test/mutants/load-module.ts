/** Loads a module with a server of its own, and with it the compiler, only when it is asked for. */
export async function loadModule<T>(root: string, path: string): Promise<T> {
  const { createViteServer } = await import("vitest/node");
  const server = await createViteServer({
    root,
    configFile: false,
    logLevel: "error",
    server: { middlewareMode: true, hmr: false, watch: null, ws: false },
    optimizeDeps: { noDiscovery: true },
  });
  try {
    return (await server.ssrLoadModule(path)) as T;
  } finally {
    await server.close();
  }
}
