/** Links that stay at the slot that is looked at. */

import { Link, type LinkProps, NavLink, type NavLinkProps, useSearchParams } from "react-router";

function useKept(to: string): string {
  const [search] = useSearchParams();
  const at = search.get("at");
  if (at === null) return to;
  return `${to}${to.includes("?") ? "&" : "?"}at=${encodeURIComponent(at)}`;
}

export function AtLink({ to, ...rest }: Omit<LinkProps, "to"> & { to: string }) {
  return <Link to={useKept(to)} {...rest} />;
}

export function AtNavLink({ to, ...rest }: Omit<NavLinkProps, "to"> & { to: string }) {
  return <NavLink to={useKept(to)} {...rest} />;
}
