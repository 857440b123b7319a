#!/usr/bin/env bash
# Opens a page that `prospect report` wrote in headless Chromium, at desktop and phone width: it may
# say nothing on the console, ask for nothing but itself, and not scroll sideways.
#
#   tests/experiments/report/check_in_browser.sh REPORT.html [FOLDER FOR SCREENSHOTS]
set -euo pipefail

[ $# -ge 1 ] || { echo "usage: $0 REPORT.html [FOLDER]" >&2; exit 2; }
browser=$(command -v chromium || command -v google-chrome || true)
[ -n "$browser" ] || { echo "skipped: no Chromium here (Debian: chromium)" >&2; exit 0; }

report=$(readlink -f "$1")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
shots=${2:-$scratch}
mkdir -p "$shots"
cp "$report" "$scratch/report.html"

failed=0
for size in 1280,3000 390,5000; do
  width=${size%,*}
  # The page in a frame, since a window is never as narrow as a phone; the frame's outside measures it.
  cat >"$scratch/frame.html" <<HTML
<!DOCTYPE html><meta charset="utf-8"><link rel="icon" href="data:,"><body style="margin:0">
<iframe id="page" src="report.html" style="border:0;width:${width}px;height:${size#*,}px"></iframe>
<script>addEventListener("load", () => console.log("width " +
  document.getElementById("page").contentDocument.documentElement.scrollWidth))</script>
HTML
  options=(--headless=new --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$scratch/profile"
    --window-size="$size" --allow-file-access-from-files --enable-logging=stderr --log-net-log="$scratch/net.json")
  "$browser" "${options[@]}" --screenshot="$shots/report-$width.png" "file://$scratch/frame.html" 2>"$scratch/log" >/dev/null
  found=$(grep -o '"width [0-9]*"' "$scratch/log" | grep -o '[0-9]*' || true)
  said=$(grep 'CONSOLE' "$scratch/log" | grep -vc '"width ' || true)
  # Background services of the browser itself are not the page's.
  asked=$(grep -o '"url":"http[^"]*"' "$scratch/net.json" | grep -vcE 'google|gstatic|gvt1' || true)
  echo "$width wide: page of $found, $said messages on the console, $asked requests, ${shots}/report-$width.png"
  [ "$found" -le "$width" ] && [ "$said" -eq 0 ] && [ "$asked" -eq 0 ] || failed=1
done
exit $failed
