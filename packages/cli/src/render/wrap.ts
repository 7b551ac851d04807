/**
 * Text in lines of at most `width` characters, broken at spaces; the first line begins with `first`, later ones with
 * `indent`.
 */
export function wrap(text: string, width: number, indent = "", first = ""): string[] {
  const lines: string[] = [];
  let line = first;
  for (let word of text.split(" ")) {
    const joined = line.trim() === "" ? line + word : `${line} ${word}`;
    if (joined.length <= width || line.trim() === "") {
      line = joined;
    } else {
      lines.push(line);
      line = indent + word;
    }
    // A word that fits no line is cut where the line ends.
    while (line.length > width) {
      lines.push(line.slice(0, width));
      word = line.slice(width);
      line = indent + word;
    }
  }
  return [...lines, line];
}

/** A label and its text, the text in a column of its own. */
export function labelled(label: string, text: string, width: number, labelWidth = 10): string[] {
  const indent = " ".repeat(labelWidth);
  const [first = "", ...rest] = wrap(text, width - labelWidth);
  return [`${label.padEnd(labelWidth - 1)} ${first}`, ...rest.map((line) => indent + line)];
}

/**
 * Text from a file or a scenario, safe to print: control characters cannot move the cursor or change colours.
 */
export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- these are what it is about
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (character) => {
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
}
