# The commands that report.md gives for reproducing a run do what it says.
headroom run scenarios/small.json --no-host --out first --quiet || exit
cd first && sed -n '/^```sh/,/^```$/p' report.md | grep '^headroom' >commands
cat commands
sh -e commands >/dev/null 2>&1 || exit
cmp <(grep -v sha256 result.json) <(grep -v sha256 again/result.json) && echo "same figures"
