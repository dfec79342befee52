import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from "@mantine/core";

// A calm indigo; shades 7 (light) and 8 (dark) carry white text with a contrast of at least 4.5.
const iris: MantineColorsTuple = [
  "#f0f1fd", "#dddff7", "#b9bdf0", "#9298e9", "#7278e3", "#5d64df", "#535adf", "#444ac6", "#3b41b1", "#30379c",
];

// The library's, a step darker at the end: 7 (light) and 8 (dark) carry white text here, too.
const red: MantineColorsTuple = [
  "#fff5f5", "#ffe3e3", "#ffc9c9", "#ffa8a8", "#ff8787", "#ff6b6b", "#fa5252", "#e03131", "#c92a2a", "#b02525",
];

const CLOSE = { "aria-label": "Close" };

export const theme = createTheme({
  primaryColor: "iris",
  primaryShade: { light: 7, dark: 8 },
  colors: { iris, red },
  autoContrast: true,
  defaultRadius: "md",
  cursorType: "pointer",
  fontFamily: "Inter, ui-sans-serif, system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif",
  fontFamilyMonospace: "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace",
  headings: { fontWeight: "600", sizes: { h1: { fontSize: "1.375rem" }, h2: { fontSize: "1.125rem" }, h3: { fontSize: "1rem" } } },
  components: {
    Alert: { styles: { label: { color: "var(--mantine-color-text)" } } },
    Badge: { defaultProps: { variant: "dot", radius: "sm", tt: "none", fw: 500 } },
    Tooltip: { defaultProps: { openDelay: 400, withArrow: true } },
    Modal: { defaultProps: { centered: true, closeButtonProps: CLOSE, overlayProps: { backgroundOpacity: 0.35, blur: 2 } } },
    Drawer: { defaultProps: { closeButtonProps: CLOSE } },
    Notification: { defaultProps: { closeButtonProps: CLOSE } },
    Button: { defaultProps: { size: "xs" } },
    TextInput: { defaultProps: { size: "sm" } },
  },
});

export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-dimmed": "var(--mantine-color-gray-7)",
    "--mantine-color-placeholder": "var(--mantine-color-gray-7)",
    "--mantine-color-error": "var(--mantine-color-red-9)",
    "--dyn-surface": "#ffffff",
    "--dyn-canvas": "#f7f7f9",
    "--dyn-border": "#e6e7ec",
    "--dyn-hover": "#eff0f4",
    "--dyn-selected": "#e9eafb",
    "--dyn-note": "#fff7e0",
    "--dyn-agent": "#f0f1fd",
  },
  dark: {
    "--mantine-color-dimmed": "var(--mantine-color-dark-1)",
    "--mantine-color-placeholder": "var(--mantine-color-dark-1)",
    "--mantine-color-error": "var(--mantine-color-red-4)",
    "--mantine-color-anchor": "var(--mantine-color-iris-3)",
    "--mantine-color-body": "#16171b",
    "--dyn-surface": "#1c1d22",
    "--dyn-canvas": "#131418",
    "--dyn-border": "#2b2d35",
    "--dyn-hover": "#25272e",
    "--dyn-selected": "#2a2c4a",
    "--dyn-note": "#332c17",
    "--dyn-agent": "#22243a",
  },
});
