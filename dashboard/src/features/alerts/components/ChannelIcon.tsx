/** A channel as an icon; its name stands beside it. */

import { AppWindow, type LucideIcon, Mail, Megaphone, MessageSquareText } from "lucide-react";
import type { Channel } from "../api";

const ICONS: Readonly<Record<Channel, LucideIcon>> = {
  email: Mail,
  sms: MessageSquareText,
  apprise: Megaphone,
  console: AppWindow,
};

export function ChannelIcon({ channel }: { channel: Channel }) {
  const Icon = ICONS[channel];
  return <Icon aria-hidden="true" size={16} />;
}
