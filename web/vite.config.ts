import react from "@vitejs/plugin-react";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// The dashboard. `npm run dev` serves it beside a running product, whose API it asks through the proxy.
export default defineConfig({
  plugins: [react()],
  resolve: { alias: { "~": here("./app"), "@api": here("./api") } },
  build: {
    outDir: "../dynaris/app/web_files",
    emptyOutDir: true,
    assetsDir: "assets",
    chunkSizeWarningLimit: 600,
    target: "es2022",
    manifest: "manifest.json", // the server names a screen's own files in its page
    modulePreload: { polyfill: false },
    // What stands around every screen comes in one file: many small ones pack worse.
    rolldownOptions: {
      output: { codeSplitting: { groups: [{ name: "frame", test: /@mantine[\\/]core[\\/]esm[\\/](core|components[\\/](ActionIcon|Burger|Kbd|Skeleton|Stack|Text|Title|UnstyledButton|Group))[\\/]/ }] } },
    },
  },
  server: { proxy: { "/api": { target: process.env.DYNARIS_URL ?? "http://127.0.0.1:8000", changeOrigin: true } } },
});
