import { fileURLToPath } from "node:url";
import { build, defineConfig, type UserConfig } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const common = {
  publicDir: false,
  build: { outDir: here("../dynaris/app/web_files"), emptyOutDir: false, target: "es2022", modulePreload: false },
} satisfies UserConfig;

// The panel, named by its content, and the launcher, which knows that name; and the demo page's calls.
export default defineConfig(async (): Promise<UserConfig> => {
  const made = await build({
    ...common,
    configFile: false,
    build: {
      ...common.build,
      rolldownOptions: {
        input: here("widget/panel/panel.ts"),
        preserveEntrySignatures: "strict",
        output: { format: "es", entryFileNames: "widget/panel-[hash].js" },
      },
    },
  });
  if (!("output" in made)) throw new Error("the panel's build answered with something else");
  await build({
    ...common,
    configFile: false,
    build: { ...common.build, rolldownOptions: { input: here("call/demo.ts"), output: { format: "es", entryFileNames: "demo-call.js" } } },
  });
  return {
    ...common,
    define: { PANEL: JSON.stringify(made.output[0].fileName.replace("widget/", "")) },
    build: {
      ...common.build,
      lib: { entry: here("widget/launcher.ts"), formats: ["iife"], name: "dynarisChat", fileName: () => "widget.js" },
    },
  };
});
