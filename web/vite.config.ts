import react from "@vitejs/plugin-react";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// The dashboard. `npm run dev` serves it beside a running product, whose API it asks through the proxy.
export default defineConfig({
  plugins: [react()],
  resolve: { alias: { "~": here("./app"), "@api": here("./api"), "@call": here("./call") } },
  build: {
    outDir: "../dynaris/app/web_files",
    emptyOutDir: true,
    assetsDir: "assets",
    chunkSizeWarningLimit: 600,
    target: "es2022",
    manifest: "manifest.json", // the server names a screen's own files in its page
    modulePreload: { polyfill: false },
    // Few files: many small ones pack worse, and each is a request. What every screen needs, and what most need.
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: "frame", tags: ["$initial"], priority: 3 },
            { name: "icons", test: /[\\/]lucide-react[\\/]/, priority: 2 },
            { name: "common", minShareCount: 12, priority: 1 },
          ],
        },
      },
    },
  },
  server: { proxy: { "/api": { target: process.env.DYNARIS_URL ?? "http://127.0.0.1:8000", changeOrigin: true } } },
});
