import { styleText } from "node:util"

/** Whether a stream shows colours: a terminal, unless NO_COLOR asks for none (https://no-color.org). */
export const hasColors = (stream: NodeJS.WriteStream): boolean => stream.isTTY === true && !process.env.NO_COLOR

export type Style = Parameters<typeof styleText>[0]

/** A text in a style, where the stream that it is for shows it. */
export const styledOn = (stream: NodeJS.WriteStream, style: Style, text: string): string =>
  // its own look at the streams is another one in each version of Node.js
  hasColors(stream) ? styleText(style, text, { validateStream: false }) : text
