/** Whom a rule tells: a person by every way they have, or by some. */

import type { Channel, Person } from "../api";
import { personOf } from "../definition";
import type { PartProps } from "./fields";
import styles from "./RuleForm.module.css";

const NAMES: Readonly<Record<Channel, string>> = {
  email: "email",
  sms: "SMS",
  apprise: "Apprise",
  console: "console",
};

export function RecipientFields({
  draft,
  wrong,
  set,
  people,
}: PartProps & { people: readonly Person[] }) {
  const known = new Set(people.map((one) => one.name));
  const gone = draft.notify.filter((word) => !known.has(personOf(word)));
  const turn = (word: string, on: boolean) => {
    const person = personOf(word);
    // Their name alone means every way, so that it stands alone.
    const kept = draft.notify.filter(
      (one) =>
        one !== word && !(on && (word === person ? personOf(one) === person : one === person)),
    );
    set({ notify: on ? [...kept, word] : kept });
  };
  const check = (word: string, shown: string, label: string) => (
    <label key={word} className={styles.check}>
      <input
        type="checkbox"
        aria-label={label}
        checked={draft.notify.includes(word)}
        onChange={(event) => turn(word, event.target.checked)}
      />
      {shown}
    </label>
  );
  return (
    <>
      {people.length === 0 && (
        <p className={styles.whole}>
          Nobody can be told yet: name people in a file, and bring it in by{" "}
          <code>fintech alerts apply -f rules.toml</code>.
        </p>
      )}
      {people.map(({ name, contacts }) => {
        const channels = [...new Set(contacts.map((one) => one.channel))];
        return (
          <fieldset key={name} className={styles.checks}>
            <legend>{name}</legend>
            {check(name, "every way", `${name} by every way`)}
            {channels.length > 1 &&
              channels.map((one) => check(`${name} by ${one}`, NAMES[one], `${name} by ${one}`))}
          </fieldset>
        );
      })}
      {gone.length > 0 && (
        <fieldset className={styles.checks}>
          <legend>Not there any more</legend>
          {gone.map((word) => check(word, word, word))}
        </fieldset>
      )}
      {wrong.notify && (
        <p role="alert" className={`${styles.wrong} ${styles.whole}`}>
          {wrong.notify}
        </p>
      )}
    </>
  );
}
