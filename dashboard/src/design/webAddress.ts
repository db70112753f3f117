/** Where an article stands, if a browser may be sent there. */

/**
 * The address of a page of the web; null for anything else, and for the reserved names of what is
 * made up, where nothing stands.
 */
export function webAddress(url: string | null): string | null {
  if (url === null || !URL.canParse(url)) return null;
  const { protocol, hostname, href } = new URL(url);
  if (protocol !== "https:" && protocol !== "http:") return null;
  return hostname.endsWith(".invalid") ? null : href;
}
