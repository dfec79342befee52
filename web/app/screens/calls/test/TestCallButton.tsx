import { Button, type ButtonProps } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Headset } from "lucide-react";
import { lazy, Suspense } from "react";

const TestCall = lazy(() => import("./TestCall"));

export function TestCallButton({ agent, ...props }: { agent?: string } & ButtonProps) {
  const [opened, { open, close }] = useDisclosure(false);
  return (
    <>
      <Button variant="default" leftSection={<Headset size={15} aria-hidden />} onClick={open} {...props}>
        Test call
      </Button>
      <Suspense>{opened && <TestCall agent={agent} close={close} />}</Suspense>
    </>
  );
}
