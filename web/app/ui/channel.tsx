import { FileText, Hash, Headset, Mail, MessageCircle, MessageSquare, Phone, Plug } from "lucide-react";

const ICONS: Record<string, { icon: typeof Mail; name: string }> = {
  email: { icon: Mail, name: "E-mail" },
  webchat: { icon: MessageSquare, name: "Chat" },
  whatsapp: { icon: MessageCircle, name: "WhatsApp" },
  forms: { icon: FileText, name: "Form" },
  voice_twilio: { icon: Phone, name: "Call" },
  voice_browser: { icon: Headset, name: "Test call" },
  slack: { icon: Hash, name: "Slack" },
  generic: { icon: Plug, name: "Signed events" },
  herald: { icon: Plug, name: "Herald" },
};

export function channelName(channel: string): string {
  return ICONS[channel]?.name ?? channel;
}

export function ChannelIcon({ channel, size = 15 }: { channel: string; size?: number }) {
  const Icon = ICONS[channel]?.icon ?? Plug;
  return (
    <Icon size={size} role="img" aria-label={channelName(channel)}>
      <title>{channelName(channel)}</title>
    </Icon>
  );
}

/** The same without a hint of its own, for long lists. */
export function ChannelMark({ channel, size = 15 }: { channel: string; size?: number }) {
  const Icon = ICONS[channel]?.icon ?? Plug;
  return <Icon size={size} role="img" aria-label={channelName(channel)} />;
}
