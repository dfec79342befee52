/** Plain text as it was written; addresses in it can be followed. */
import { Fragment } from "react";
import classes from "./thread.module.css";

const ADDRESS = /\b(https?:\/\/[^\s<>"']+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+)/g;
const NOT_AT_THE_END = /[.,;:!?)\]}»”’]+$/;

export function Words({ text }: { text: string }) {
  return <div className={classes.words}>{pieces(text)}</div>;
}

function pieces(text: string) {
  // Every second piece is an address: `split` keeps what the one group of the pattern found.
  return text.split(ADDRESS).map((piece, index) => {
    if (index % 2 === 0) return <Fragment key={index}>{piece}</Fragment>;
    const rest = NOT_AT_THE_END.exec(piece)?.[0] ?? "";
    const address = piece.slice(0, piece.length - rest.length);
    return (
      <Fragment key={index}>
        <a href={address.includes("://") ? address : `mailto:${address}`} target="_blank" rel="noreferrer noopener">
          {address}
        </a>
        {rest}
      </Fragment>
    );
  });
}
