import { useComputedColorScheme, useMantineColorScheme } from "@mantine/core";

/** Whether it is dark, and a way to the other; the system's choice until somebody chooses. */
export function useScheme(): [boolean, () => void] {
  const { setColorScheme } = useMantineColorScheme();
  const dark = useComputedColorScheme("light") === "dark";
  return [dark, () => setColorScheme(dark ? "light" : "dark")];
}
