/** What a contact is called, on every screen. `chat`: nothing but a chat is known of them. */
export function calledBy(name: string | null | undefined, chat: boolean, address?: string | null): string {
  return name ?? address ?? (chat ? "Visitor" : "Without a name");
}
