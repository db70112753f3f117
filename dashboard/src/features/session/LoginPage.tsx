/** Logging in with a token. */

import { type FormEvent, useId } from "react";
import { Button } from "@/design/Button";
import { TextField } from "@/design/Field";
import { useLogin } from "./api";
import styles from "./LoginPage.module.css";

export default function LoginPage() {
  const login = useLogin();
  const title = useId();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const entered = new FormData(event.currentTarget);
    const name = String(entered.get("name") ?? "").trim();
    login.mutate({ token: String(entered.get("token") ?? ""), ...(name ? { name } : {}) });
  };
  return (
    <main className={styles.page}>
      <form className={styles.card} aria-labelledby={title} onSubmit={submit}>
        <img src="/favicon.svg" alt="" width="40" height="40" />
        <h1 id={title}>Market watch</h1>
        <p className={styles.note}>
          A viewer’s token lets you look, an editor’s lets you change things as well.
        </p>
        <TextField
          label="Token"
          name="token"
          type="password"
          autoComplete="current-password"
          required
          wrong={login.error?.message}
        />
        <TextField
          label="Your name"
          name="name"
          autoComplete="name"
          maxLength={80}
          hint="It stands beside what you change."
        />
        <Button look="main" type="submit" disabled={login.isPending}>
          Log in
        </Button>
      </form>
    </main>
  );
}
