import { Page } from "~/ui/page";

export function OnboardingScreen() {
  return <Page title="Onboarding">{null}</Page>;
}
