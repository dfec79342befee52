import { Skeleton, Stack } from "@mantine/core";

/** Lines that are on their way. */
export function Lines({ count = 6, height = 44 }: { count?: number; height?: number }) {
  return (
    <Stack gap="xs" p="md" role="status" aria-busy aria-label="Loading">
      {Array.from({ length: count }, (_, index) => (
        <Skeleton key={index} height={height} radius="sm" />
      ))}
    </Stack>
  );
}
