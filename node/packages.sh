# The Debian 12 packages that Ketenbrug needs, and how to install what is missing. Sourced by the scripts.
build_packages='gcc cmake ninja-build pkg-config libuv1-dev libnghttp2-dev libssl-dev libcurl4-openssl-dev libsqlite3-dev libsodium-dev libcjson-dev libmicrohttpd-dev sqlite3'

# install_packages NAME...: only what is missing; root or sudo is needed for that alone.
install_packages() {
  missing=
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $package"
  done
  [ -n "$missing" ] || return 0
  echo "Installeert:$missing"
  root=
  [ "$(id -u)" = 0 ] || root=sudo
  # shellcheck disable=SC2086
  { $root apt-get update -qq && $root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing; } >/dev/null ||
    { echo "De pakketten konden niet worden geinstalleerd:$missing" >&2; return 1; }
}
