/** Files that hold secrets, by their names: they are in no artifact. */

const names = [
  // variables
  /^\.env(\..+)?$/,
  /^\.envrc$/,
  /^\.dev\.vars$/,
  // keys and certificates
  /\.(pem|key|p8|p12|pfx|jks|keystore|kdbx|asc|gpg|ppk|ovpn)$/,
  /^id_(rsa|dsa|ecdsa|ed25519)(_sk)?$/,
  // credentials of tools
  /^\.(npmrc|yarnrc|yarnrc\.yml|pypirc|netrc|pgpass|git-credentials|htpasswd|dockercfg|boto|s3cfg)$/,
  /^_netrc$/,
  /^credentials(\..+)?$/,
  /^(kubeconfig|rclone\.conf|terraform\.tfvars|.*\.tfstate(\.backup)?)$/,
  /^(service[-_]?account|client[-_]secrets?|gcp[-_]key|firebase[-_]adminsdk).*\.json$/,
  /^secrets?(\..*)?\.(json|ya?ml|toml|txt|ini|env)$/
]

/** An example of a `.env` has no values. */
const examples = /^\.env\.(example|sample|template|dist|defaults)$/

const folders = new Set([".aws", ".azure", ".docker", ".gcloud", ".gnupg", ".kube", ".runpod", ".ssh"])

/** Whether all that is in a folder of that name is secret. */
export const isSecretFolder = (name: string): boolean => folders.has(name.toLowerCase())

/** Whether a path, with slashes, is that of a file with secrets. */
export const isSecretFile = (path: string): boolean => {
  const segments = path.toLowerCase().split("/")
  const name = segments.at(-1) ?? ""
  return segments.slice(0, -1).some(isSecretFolder) ||
    (!examples.test(name) && names.some((pattern) => pattern.test(name)))
}
