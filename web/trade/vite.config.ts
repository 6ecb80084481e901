import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const PYXIU = process.env["PYXIU_URL"] ?? "http://localhost:8000";

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    outDir: "../../src/pyxiu/web_dist",
    emptyOutDir: true,
    // The page's policy allows no inline scripts or data URLs for code.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2022",
    chunkSizeWarningLimit: 700,
  },
  server: {
    proxy: {
      "/api": { target: PYXIU, ws: true },
      "/docs": PYXIU,
      "/openapi.json": PYXIU,
    },
  },
});
