/**
 * Keeps what modules do while they are loaded in their process: no network, and no end before its time. That they write
 * no file and start no process is Node's own permission model to see to.
 */
import { createRequire } from "node:module"
import type * as Net from "node:net"

const refused = (what: string): Error =>
  new Error(`a module may not ${what} while it is loaded: a build only looks at what it defines. Do it in a handler`)

/** The way out of the process; the modules have none. */
export const contain = (): { readonly exit: () => never } => {
  const exit = process.exit.bind(process)
  // the module object that is shared by all who import it
  const net = createRequire(import.meta.url)("node:net") as typeof Net
  const refuse = (what: string) => () => {
    throw refused(what)
  }
  net.Socket.prototype.connect = refuse("connect to a server")
  net.Server.prototype.listen = refuse("start a server")
  process.exit = refuse("end the process")
  process.abort = refuse("end the process")
  process.kill = refuse("send signals")
  // what a program that was started comes to is no matter of the build
  process.on("uncaughtException", (error) => console.error(error))
  process.on("unhandledRejection", (error) => console.error(error))
  return { exit }
}
