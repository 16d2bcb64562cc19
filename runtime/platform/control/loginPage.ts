/**
 * The page on which a login is approved.
 *
 * Whoever approves shows that the account is theirs: anybody on this machine can ask for a login, and the account's key
 * runs any code as the user of the platform.
 *
 * @since 0.1.0
 */
import type { Caller } from "../Endpoints.ts"
import type { Reply, Request } from "../http/HttpServer.ts"
import type { Login, Logins } from "./Logins.ts"

/**
 * Whether a login is approved by the account's key, or by whoever opens the page.
 *
 * @since 0.1.0
 * @category models
 */
export type Approval = "key" | "anyone"

/**
 * @since 0.1.0
 * @category routes
 */
export const make =
  (logins: Logins, approval: Approval, authorize: (key: string) => Caller) => (request: Request): Reply => {
    if (request.method === "GET") return show(logins.find(request.query.get("request") ?? ""), approval)
    if (request.method !== "POST") {
      return page(405, "<p>This page is read, or its form is sent.</p>", { allow: "GET, POST" })
    }
    const form = new URLSearchParams(request.body)
    const id = form.get("request") ?? ""
    const login = logins.find(id)
    if (login?.status !== "PENDING") return show(login, approval)
    const decision = form.get("decision")
    if (decision !== "approve" && decision !== "deny") return show(login, approval, "Approve it or deny it.")
    if (decision === "approve" && approval === "key" && authorize(form.get("key") ?? "") !== "account") {
      return { ...show(login, approval, "That is not the platform's key."), status: 403 }
    }
    return show(logins.decide(id, decision === "approve" ? "APPROVED" : "DENIED"), approval)
  }

const says: Readonly<Record<Exclude<Login["status"], "PENDING">, string>> = {
  APPROVED: "It is approved. You can close this page and go back to your terminal.",
  CONSUMED: "It was approved, and its key has been fetched.",
  DENIED: "It is denied.",
  EXPIRED: "It has expired. Start the login again."
}

const show = (login: Login | undefined, approval: Approval, note = ""): Reply => {
  if (login === undefined) return page(404, "<p>There is no such login. Start it again.</p>")
  if (login.status !== "PENDING") return page(200, `<p>${says[login.status]}</p>`)
  const key = approval === "anyone"
    ? ""
    : `<label>The platform's API key <input name="key" type="password" autocomplete="off" autofocus></label>`
  return page(
    200,
    `<p>A command line asks for the key of this embedded platform. Approve it only if you have started it yourself.</p>
    ${note === "" ? "" : `<p role="alert"><strong>${note}</strong></p>`}
    <form method="post" action="/flash/login">
      <input name="request" type="hidden" value="${login.id}">
      ${key}
      <button name="decision" value="approve">Approve</button>
      <button name="decision" value="deny">Deny</button>
    </form>`
  )
}

const page = (status: number, content: string, headers: Readonly<Record<string, string>> = {}): Reply => ({
  status,
  headers: {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    // nothing from elsewhere, and not inside another page
    "content-security-policy":
      "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
    ...headers
  },
  body: `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>Log in to the embedded platform</title>
    <style>
      body { font: 1rem/1.5 system-ui, sans-serif; max-width: 36rem; margin: 4rem auto; padding: 0 1rem }
      label, input { display: block; margin: 0 0 1rem }
      input, button { font: inherit; padding: .4rem .8rem }
    </style>
  </head>
  <body>
    <h1>Log in to the embedded platform</h1>
    ${content}
  </body>
</html>
`
})
