/** Logging in with a token. */

import { useId } from "react";
import styles from "./Login.module.css";
import { LoginForm } from "./LoginForm";

export default function LoginPage() {
  const title = useId();
  return (
    <main className={styles.page}>
      <title>Log in · Market watch</title>
      <div className={styles.card}>
        <img src="/favicon.svg" alt="" width="40" height="40" />
        <h1 id={title}>Market watch</h1>
        <p className={styles.note}>
          A viewer’s token lets you look, an editor’s lets you change things as well.
        </p>
        <LoginForm labelledBy={title} />
      </div>
    </main>
  );
}
