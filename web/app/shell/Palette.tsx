/**
 * Jump anywhere by typing: screens, settings, agents, contacts, conversations.
 *
 * The field is there with the key that opens it, and has the focus: what is typed at once means nothing on a screen.
 * What is found comes from a script of its own.
 */
import { Search } from "lucide-react";
import { lazy, Suspense, useLayoutEffect, useRef, useState } from "react";
import { Lines } from "~/ui/lines";
import classes from "./Palette.module.css";
import type { Steering } from "./PaletteResults";

export const loadResults = () => import("./PaletteResults");
const PaletteResults = lazy(loadResults);

export function Palette({ close }: { close: () => void }) {
  const [typed, type] = useState("");
  const [active, setActive] = useState<string>();
  const [entered, enter] = useState<string>(); // what was typed when Enter was pressed: what it finds may yet come
  const dialog = useRef<HTMLDialogElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const steering = useRef<Steering>(null);
  useLayoutEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    field.current?.focus();
    return () => shown?.close();
  }, []);
  return (
    <dialog ref={dialog} role="dialog" className={classes.frame} aria-label="Search" onClose={close} onClick={(event) => event.target === dialog.current && close()}>
      <div className={classes.field}>
        <Search size={16} aria-hidden />
        <input
          ref={field}
          placeholder="A screen or setting, a contact, a conversation"
          aria-label="Search"
          autoComplete="off"
          spellCheck={false}
          role="combobox"
          aria-expanded
          aria-controls="palette"
          aria-activedescendant={active}
          value={typed}
          onChange={(event) => type(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter" && !event.nativeEvent.isComposing) enter(typed);
            else steering.current?.pressed(event);
          }}
        />
      </div>
      <div className={classes.hits}>
        <Suspense fallback={<Lines count={3} height={28} />}>
          <PaletteResults typed={typed} entered={entered === typed} steering={steering} point={setActive} close={close} />
        </Suspense>
      </div>
    </dialog>
  );
}
